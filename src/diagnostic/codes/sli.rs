//! Expressions that parse but do not measure what they should: `SLI…`.

use crate::diagnostic::code::findings;

findings! {
    HISTOGRAM_SUFFIX = SLI001 "histogram-suffix" Warning acceptable;
    COUNTER_WITHOUT_RATE = SLI002 "counter-without-rate" Warning acceptable;
    MIXED_WINDOWS = SLI003 "mixed-windows" Warning acceptable;
    GROUP_LABEL_LOST = SLI004 "group-label-lost" Error;
    LABELS_DIFFER = SLI005 "labels-differ" Error;
    POPULATIONS_DIFFER = SLI006 "populations-differ" Warning acceptable;
    SPLIT_BY_GROUP = SLI007 "split-by-group" Error;
    ZERO_WITHOUT_LABELS = SLI008 "zero-without-labels" Error;
    RATE_OF_SUM = SLI009 "rate-of-sum" Warning acceptable;
    RATE_OF_GAUGE = SLI010 "rate-of-gauge" Warning acceptable;
    MEAN_OF_RATIOS = SLI011 "mean-of-ratios" Warning acceptable;
    STATUS_CLASS = SLI012 "status-class" Warning acceptable;
    SPLIT_TAKES_NOTHING = SLI013 "split-takes-nothing" Error;
    SPLIT_TAKES_ALL = SLI014 "split-takes-all" Error;
    COMPARISON_DROPS = SLI015 "comparison-drops" Warning acceptable;
    BUCKET_SPELLING = SLI016 "bucket-spelling" Warning acceptable;
    RANGE_TOO_SHORT = SLI017 "range-too-short" Warning acceptable;
}
