/* readers_private: the readers that kind.c's table names, one file each: whether the bytes are of
 * the kind, and the reading (struct zd_parse__reader). */
#ifndef ZD_PARSE_READERS_PRIVATE_H
#define ZD_PARSE_READERS_PRIVATE_H

#include "parse/parse_private.h"

bool zd_parse__is_eml(struct zd_bytes raw);
enum zd_status zd_parse__eml(struct zd_bytes raw, struct zd_parse__maker *m,
                             struct zd_error *err) ZD_MUST_USE;

bool zd_parse__is_mhtml(struct zd_bytes raw);
enum zd_status zd_parse__mhtml(struct zd_bytes raw, struct zd_parse__maker *m,
                               struct zd_error *err) ZD_MUST_USE;

bool zd_parse__is_ofd(struct zd_bytes raw);
enum zd_status zd_parse__ofd(struct zd_bytes raw, struct zd_parse__maker *m,
                             struct zd_error *err) ZD_MUST_USE;

enum zd_status zd_parse__pdf(struct zd_bytes raw, struct zd_parse__maker *m,
                             struct zd_error *err) ZD_MUST_USE;

struct zd_parse__cfb;

bool zd_parse__is_doc(struct zd_bytes raw);
enum zd_status zd_parse__doc_file(struct zd_bytes raw, struct zd_parse__maker *m,
                                  struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_parse__doc(const struct zd_parse__cfb *cfb, struct zd_parse__maker *m,
                             struct zd_error *err) ZD_MUST_USE;

bool zd_parse__is_xls(struct zd_bytes raw);
enum zd_status zd_parse__xls_file(struct zd_bytes raw, struct zd_parse__maker *m,
                                  struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_parse__xls(const struct zd_parse__cfb *cfb, struct zd_parse__maker *m,
                             struct zd_error *err) ZD_MUST_USE;

/* What is in the container of neither. */
enum zd_status zd_parse__ole_refuse(struct zd_bytes raw, struct zd_parse__maker *m,
                                    struct zd_error *err) ZD_MUST_USE;

enum zd_status zd_parse__picture(struct zd_bytes raw, struct zd_parse__maker *m,
                                 struct zd_error *err) ZD_MUST_USE;

enum zd_status zd_parse__rtf(struct zd_bytes raw, struct zd_parse__maker *m,
                             struct zd_error *err) ZD_MUST_USE;

bool zd_parse__is_docx(struct zd_bytes raw);
enum zd_status zd_parse__docx(struct zd_bytes raw, struct zd_parse__maker *m,
                              struct zd_error *err) ZD_MUST_USE;

bool zd_parse__is_xlsx(struct zd_bytes raw);
enum zd_status zd_parse__xlsx(struct zd_bytes raw, struct zd_parse__maker *m,
                              struct zd_error *err) ZD_MUST_USE;

bool zd_parse__is_pptx(struct zd_bytes raw);
enum zd_status zd_parse__pptx(struct zd_bytes raw, struct zd_parse__maker *m,
                              struct zd_error *err) ZD_MUST_USE;

bool zd_parse__is_odt(struct zd_bytes raw);
enum zd_status zd_parse__odt(struct zd_bytes raw, struct zd_parse__maker *m,
                             struct zd_error *err) ZD_MUST_USE;

bool zd_parse__is_ods(struct zd_bytes raw);
enum zd_status zd_parse__ods(struct zd_bytes raw, struct zd_parse__maker *m,
                             struct zd_error *err) ZD_MUST_USE;

bool zd_parse__is_epub(struct zd_bytes raw);
enum zd_status zd_parse__epub(struct zd_bytes raw, struct zd_parse__maker *m,
                              struct zd_error *err) ZD_MUST_USE;

#endif
