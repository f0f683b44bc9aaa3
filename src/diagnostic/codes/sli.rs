//! Expressions that parse but do not measure what they should: `SLI…`.

use crate::diagnostic::code::findings;

findings! {
    NOT_A_HISTOGRAM = SLI001 "not-a-histogram" Error;
    HISTOGRAM_SUFFIX = SLI002 "histogram-suffix" Warning acceptable;
    COUNTER_WITHOUT_RATE = SLI003 "counter-without-rate" Warning acceptable;
    MISSING_WINDOW = SLI004 "missing-window" Error;
    MIXED_WINDOWS = SLI005 "mixed-windows" Warning acceptable;
    STRAY_WINDOW = SLI006 "stray-window" Error;
    GROUP_LABEL_LOST = SLI007 "group-label-lost" Error;
    LABELS_DIFFER = SLI008 "labels-differ" Error;
    POPULATIONS_DIFFER = SLI009 "populations-differ" Warning acceptable;
    SPLIT_BY_GROUP = SLI010 "split-by-group" Error;
    ZERO_WITHOUT_LABELS = SLI011 "zero-without-labels" Error;
    RATE_OF_SUM = SLI012 "rate-of-sum" Warning acceptable;
    RATE_OF_GAUGE = SLI013 "rate-of-gauge" Warning acceptable;
    MEAN_OF_RATIOS = SLI014 "mean-of-ratios" Warning acceptable;
    STATUS_CLASS = SLI015 "status-class" Warning acceptable;
    SPLIT_TAKES_NOTHING = SLI016 "split-takes-nothing" Error;
    SPLIT_TAKES_ALL = SLI017 "split-takes-all" Error;
    COMPARISON_DROPS = SLI018 "comparison-drops" Warning acceptable;
    BUCKET_SPELLING = SLI019 "bucket-spelling" Warning acceptable;
    RANGE_TOO_SHORT = SLI020 "range-too-short" Warning acceptable;
}
