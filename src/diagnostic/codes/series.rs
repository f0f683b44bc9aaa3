//! Raw series on a server that are not what an SLI needs: `SER…`.

use crate::diagnostic::code::findings;

findings! {
    NO_SUCH_METRIC = SER001 "no-such-metric" Error;
    MATCHES_NOTHING = SER002 "matches-nothing" Error;
    VANISHED = SER003 "series-vanished" Error;
    TARGET_DOWN = SER004 "target-down" Error;
    WRONG_TYPE = SER005 "wrong-metric-type" Warning acceptable;
    NO_SUCH_BUCKET = SER006 "no-such-bucket" Error;
    TWO_HISTOGRAMS = SER007 "classic-and-native" Warning acceptable;
    BAD_EXCEEDS_TOTAL = SER008 "bad-exceeds-total" Error;
    RATIO_OUT_OF_RANGE = SER009 "ratio-out-of-range" Error;
    NOT_A_NUMBER = SER010 "not-a-number" Error;
    NO_BAD_EVENT = SER011 "no-bad-event" Warning acceptable;
    CONSTANT_RATIO = SER012 "constant-ratio" Warning acceptable;
    LABELS_DO_NOT_FIT = SER013 "labels-do-not-fit" Error;
    SCRAPED_TOO_SELDOM = SER014 "scraped-too-seldom" Error;
    SCRAPE_INTERVAL_DIFFERS = SER015 "scrape-interval-differs" Warning acceptable;
    HISTORY_TOO_SHORT = SER016 "history-too-short" Warning acceptable;
    GAPS = SER017 "gaps" Warning acceptable;
    TOO_LITTLE_TRAFFIC = SER018 "too-little-traffic" Warning acceptable;
    LOST_INCREMENTS = SER019 "lost-increments" Warning acceptable;
    FALLS_OFTEN = SER020 "counter-falls-often" Warning acceptable;
    CANNOT_BE_EVALUATED = SER021 "cannot-be-evaluated" Error;
    GROUP_MISSING = SER022 "group-missing" Error;
    SOME_TARGETS_DOWN = SER023 "some-targets-down" Warning acceptable;
    BAD_SIDE_MATCHES_NOTHING = SER024 "bad-side-matches-nothing" Warning acceptable;
}
