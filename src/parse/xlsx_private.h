/* xlsx_private: what xlsx.c and number_format.c share. */
#ifndef ZD_PARSE_XLSX_PRIVATE_H
#define ZD_PARSE_XLSX_PRIVATE_H

#include "parse/office_private.h"

/* The code of a built-in format (18.8.30), with the Chinese ones; "General" for others. */
const char *zd_parse__number_format_builtin(uint32_t id);

/* The number as the format shows it; from_1904: the workbook counts its days from then. */
void zd_parse__number_show(struct zd_buf *out, const char *code, double value, bool from_1904);
void zd_parse__number_general(struct zd_buf *out, double value);

#endif
