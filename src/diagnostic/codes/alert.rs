//! Alerts that cannot work: `ALR…`.

use crate::diagnostic::code::findings;

findings! {
    NEVER_FIRES = ALR001 "never-fires" Error;
    FIRES_ON_TARGET = ALR002 "fires-on-target" Warning acceptable;
    SHORT_NOT_SHORTER = ALR003 "short-not-shorter" Error;
    WINDOW_TOO_SHORT = ALR004 "window-too-short" Error;
    WINDOW_TOO_LONG = ALR005 "window-too-long" Warning acceptable;
    GOES_NOWHERE = ALR006 "goes-nowhere" Warning acceptable;
}
