//! A server that does not answer as a Prometheus should: `SRV…`.

use crate::diagnostic::code::findings;

findings! {
    UNREACHABLE = SRV001 "unreachable" Error;
    WRONG_PATH = SRV002 "wrong-path" Error;
    NOT_READY = SRV003 "not-ready" Error;
    ACCESS_REFUSED = SRV004 "access-refused" Error;
    NOT_PROMETHEUS = SRV005 "not-prometheus" Error;
    NO_ANSWER = SRV006 "no-answer-in-time" Error;
    CERTIFICATE = SRV007 "certificate" Error;
    REDIRECTED = SRV008 "redirected" Error;
    OVERLOADED = SRV009 "overloaded" Error;
    UNUSABLE_ANSWER = SRV010 "unusable-answer" Error;
    TOO_OLD = SRV011 "server-too-old" Error;
    FEATURE_OFF = SRV012 "feature-off" Error;
    PARTIAL_DATA = SRV013 "partial-data" Warning;
}
