/* html.c: placeholder */
#include "parse/parse_private.h"
enum zd_status zd_parse__html(struct zd_str text, struct zd_parse__maker *m, struct zd_error *err)
{
    return zd_parse__plain(text, m, err);
}
