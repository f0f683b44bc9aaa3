//! One HTML file for product managers: nothing of it comes from elsewhere, nothing runs.

mod chart;
mod overview;
mod parts;
mod slo;
mod write;

use self::parts::section;
use self::write::{Anchors, Html};
use super::text::{self, Clock};
use crate::review::{Review, SloReview};

const STYLE: &str = include_str!("style.css");
/// Only what stands in the file itself is shown.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'";

/// A service and its SLOs.
struct Service<'r> {
    anchor: String,
    name: &'r str,
    slos: Vec<Placed<'r>>,
}

/// An SLO and where it stands on the page.
struct Placed<'r> {
    anchor: String,
    slo: &'r SloReview,
}

/// What every part of the page needs.
struct Page<'r> {
    review: &'r Review,
    clock: Clock,
    services: Vec<Service<'r>>,
}

/// The page: one file with its styles and charts in it, without scripts.
pub fn html(review: &Review) -> String {
    let page = Page {
        review,
        clock: Clock::of(review),
        services: services(review),
    };
    let mut html = Html::default();
    html.tag("html").attr("lang", "en").inside(|html| {
        html.line();
        html.tag("head").inside(|html| head(html, review));
        html.line();
        html.tag("body").inside(|html| body(html, &page));
    });
    html.document()
}

fn services(review: &Review) -> Vec<Service<'_>> {
    let mut anchors = Anchors::default();
    for taken in ["top", "overview", "notes", "words"] {
        anchors.name([taken]);
    }
    let services = review.slos.chunk_by(|a, b| a.id.service == b.id.service);
    let services = services.filter_map(|slos| {
        let name = slos.first()?.id.service.as_str();
        let anchor = anchors.name(["service", name]);
        let placed = slos.iter().map(|slo| {
            let group = slo.group.values().map(String::as_str);
            let parts = ["slo", name, &slo.id.name].into_iter().chain(group);
            let anchor = anchors.name(parts);
            Placed { anchor, slo }
        });
        Some(Service {
            name,
            slos: placed.collect(),
            anchor,
        })
    });
    services.collect()
}

fn title(review: &Review) -> String {
    format!("Service levels: {}", review.period)
}

fn head(html: &mut Html, review: &Review) {
    html.line();
    html.tag("meta").attr("charset", "utf-8").void();
    html.line();
    for (name, content) in [
        ("viewport", "width=device-width, initial-scale=1"),
        ("color-scheme", "light dark"),
        ("referrer", "no-referrer"),
        ("robots", "noindex"),
    ] {
        html.tag("meta")
            .attr("name", name)
            .attr("content", content)
            .void();
        html.line();
    }
    let meta = html.tag("meta");
    meta.attr("http-equiv", "Content-Security-Policy")
        .attr("content", POLICY)
        .void();
    html.line();
    html.tag("title").text(&title(review));
    html.line();
    html.style(STYLE);
    html.line();
}

fn body(html: &mut Html, page: &Page<'_>) {
    html.line();
    html.class("a", "skip")
        .to("overview")
        .text("To the overview");
    parts::shapes(html);
    html.line();
    html.tag("header")
        .attr("id", "top")
        .inside(|html| top(html, page));
    html.line();
    html.tag("nav")
        .attr("aria-label", "On this page")
        .inside(|html| contents(html, page));
    html.line();
    html.tag("main").inside(|html| {
        html.line();
        overview::overview(html, page);
        for service in &page.services {
            section(
                html,
                ("h2", &service.anchor),
                "service",
                |html| html.text(&text::name(service.name)),
                |html| {
                    for placed in &service.slos {
                        slo::slo(html, placed, page);
                    }
                },
            );
        }
        notes(html, page.review);
        words(html);
    });
    html.line();
    html.tag("footer").inside(|html| {
        let at = page.clock.instant(page.review.at);
        let zone = page.clock.name();
        parts::muted(
            html,
            &format!(
                "Made by slosmith from {}, as of {at}. All times in {zone}.",
                page.review.server
            ),
        );
    });
    html.line();
}

/// The sentences that matter.
fn top(html: &mut Html, page: &Page<'_>) {
    let review = page.review;
    html.class("p", "eyebrow").text("Service levels");
    html.tag("h1").text(&text::capital(&review.period));
    let at = page.clock.instant(review.at);
    parts::muted(html, &format!("As of {at} ({})", page.clock.name()));
    let mut headlines = review.headlines.iter();
    if let Some(first) = headlines.next() {
        html.class("p", "lead").text(first);
    }
    if headlines.len() > 0 {
        html.class("ul", "headlines").inside(|html| {
            for headline in headlines {
                html.tag("li").text(headline);
            }
        });
    }
}

fn contents(html: &mut Html, page: &Page<'_>) {
    html.tag("ul").inside(|html| {
        let mut item = |anchor: &str, text: &str| {
            html.tag("li")
                .inside(|html| html.tag("a").to(anchor).text(text));
        };
        item("overview", "Overview");
        for service in &page.services {
            item(&service.anchor, &text::name(service.name));
        }
        if !page.review.notes.is_empty() {
            item("notes", "What is not known");
        }
        item("words", "How to read this");
    });
}

fn notes(html: &mut Html, review: &Review) {
    if review.notes.is_empty() {
        return;
    }
    let head = |html: &mut Html| html.text("What is not known");
    section(html, ("h2", "notes"), "notes", head, |html| {
        html.tag("ul").inside(|html| {
            for note in &review.notes {
                html.tag("li").text(note);
            }
        });
    });
}

fn words(html: &mut Html) {
    let head = |html: &mut Html| html.text("How to read this");
    section(html, ("h2", "words"), "words", head, |html| {
        html.tag("dl").inside(|html| {
            for (word, meaning) in text::WORDS {
                html.tag("dt").text(word);
                html.tag("dd").text(meaning);
            }
        });
    });
}
