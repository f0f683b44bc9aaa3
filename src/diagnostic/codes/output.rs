//! Writing the generated files: `OUT…`.

use crate::diagnostic::code::findings;

findings! {
    FOREIGN_FILE = OUT001 "foreign-file" Error;
    PATH_IN_THE_WAY = OUT002 "path-in-the-way" Error;
    NAME_COLLISION = OUT003 "name-collision" Error;
    STALE_OUTPUT = OUT004 "stale-output" Error;
    WRITE_FAILED = OUT005 "write-failed" Error;
    PATH_OUTSIDE = OUT006 "path-outside" Error;
    BAD_OPTION = OUT007 "bad-option" Error;
    ID_COLLISION = OUT008 "id-collision" Error;
    LAYOUT_LABEL = OUT009 "layout-label" Error;
}
