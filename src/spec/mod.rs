//! Spec texts → model, with the place of every value. One front end per format.

mod decode;
mod node;
mod suggest;
mod text_map;
mod values;
