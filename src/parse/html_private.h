/* html_private: what the files of the HTML reader share; Markdown borrows the entities. */
#ifndef ZD_PARSE_HTML_PRIVATE_H
#define ZD_PARSE_HTML_PRIVATE_H

#include "base/buf.h"

/* Appends what the character reference at s.p[0] == '&' stands for and yields the bytes used (at
 * least 1: a lone & is itself). Numbers that are no character become U+FFFD; the names are those
 * of HTML 4 and XHTML; the final ; may be missing after nbsp, lt, gt, amp and quot only. */
size_t zd_parse__entity(struct zd_str s, struct zd_buf *out);

#endif
