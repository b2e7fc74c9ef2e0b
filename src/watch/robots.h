/* robots: what a site's robots.txt lets this program read (RFC 9309). */
#ifndef ZD_WATCH_ROBOTS_H
#define ZD_WATCH_ROBOTS_H

#include "base/base.h"

/* Whether `path` ("/a?b") may be read by "zhidian" under these rules: those of the groups that name
 * it, else those of "*"; the longest pattern decides, Allow where two are as long; "*" and "$" as in
 * section 2.2.3. Only the first 500 KiB are read. */
bool zd_robots_allows(struct zd_str robots, struct zd_str path);

#endif
