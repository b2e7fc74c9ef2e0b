/* page: the frame of every page a person sees, and what the pages share.
 *
 * Pages are complete without script: forms and links do everything, in two languages and two print
 * sizes kept in the address (?lang=en, ?large=1). Script, where there is any, only saves reloads.
 */
#ifndef ZD_HTTP_PAGE_H
#define ZD_HTTP_PAGE_H

#include "http/app_private.h"
#include "http/html.h"
#include "http/page_words.h"

struct zd_str zd_page_word(const struct zd_http_call *call, enum zd_page_word word);

/* The head and the top of the page, up to the open <main>. `title` stands before the site's name;
 * empty: the name alone. Sets type and policy of the reply. */
void zd_page_begin(struct zd_http_call *call, struct zd_str title);
void zd_page_end(struct zd_http_call *call);

/* A whole page that says what went wrong. */
void zd_page_error(struct zd_http_call *call, int status);

bool zd_page_is_large(const struct zd_http_call *call);

/* "?lang=en&large=1" as this call has them, beginning with `first` ('?' or '&'), or nothing. */
struct zd_str zd_page_kept(struct zd_http_call *call, char first);

/* 2026年3月1日 or 1 March 2026; "" for 0. In the arena. */
struct zd_str zd_page_date(struct zd_http_call *call, int32_t date);

/* The word with "{name}" replaced by text. In the arena. */
struct zd_str zd_page_word_with(struct zd_http_call *call, enum zd_page_word word, const char *name,
                                struct zd_str text);

/* Badge of a validity: its words and its colour. */
void zd_page_status(struct zd_http_call *call, enum zd_validity status);

/* One row of a <dl>; nothing for an empty value. `lang_zh`: the value is Chinese whatever the page
 * speaks. */
void zd_page_fact(struct zd_http_call *call, enum zd_page_word name, struct zd_str value,
                  bool lang_zh);

/* assets.c: the address of a file of the page, with its content's hash in it. */
const char *zd_page_asset(const char *name);

#endif
