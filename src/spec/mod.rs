//! Spec texts → model, with the place of every value. One front end per format.
