/* quantity: an amount as it stands alone in a cell: "1,250.50元", "3.2万人", "40%", "约30" is none.
 *
 * Strict, since amounts are added up: nothing may stand beside number and unit, no range, no
 * estimate, no code or telephone number (a leading zero, twelve digits or more), no year.
 */
#ifndef ZD_TEXT_QUANTITY_H
#define ZD_TEXT_QUANTITY_H

#include "base/base.h"

#define ZD_QUANTITY_MILLION 1000000

/* The number before the unit at the start of `folded`: sign, digits with or without commas, at most
 * six decimals, then 万 or 亿. In millionths; *ret_bytes is where the unit begins. False where none
 * begins there or it cannot be kept exactly. */
bool zd_quantity_read(struct zd_str folded, int64_t *ret_millionths, size_t *ret_bytes);

/* A whole folded cell as an amount; the unit is borrowed from it, "" for none. */
bool zd_quantity_whole(struct zd_str folded, int64_t *ret_millionths, struct zd_str *ret_unit);

#endif
