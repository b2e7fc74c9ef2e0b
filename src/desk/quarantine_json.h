/* quarantine_json: what is known of a file with a secrecy mark, as JSON, for the command line and the
 * API. */
#ifndef ZD_DESK_QUARANTINE_JSON_H
#define ZD_DESK_QUARANTINE_JSON_H

#include <jansson.h>

#include "store/quarantine.h"

/* {"id","name","level","mark","place","page","sha256","who","times","first","last","released_by",
 * "released"}, moments in microseconds since 1970; NULL when memory ends. */
json_t *zd_quarantined_json(const struct zd_quarantined *file);

#endif
