//! How people and programs read what a check says. These translate; they decide nothing.
