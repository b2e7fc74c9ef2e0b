/* parsed_json: what a file was read as, as the contract's JSON, for `parse` and its like over the
 * API. Offsets count characters, as everywhere outside the program. */
#ifndef ZD_DESK_PARSED_JSON_H
#define ZD_DESK_PARSED_JSON_H

#include <jansson.h>

#include "parse/parse.h"

/* {"title","format","encoding","issuer","number","region","issued","effective","expires",
 * "supersedes","passages","pages","pages_without_text","pages_recognised","tables","left_out"}; NULL when memory ends. */
json_t *zd_parsed_document_json(const struct zd_parsed *parsed);

/* Passages come in reading order, so characters are counted on from the last one. */
struct zd_char_counter {
    struct zd_str text;
    size_t bytes, chars;
};

/* {"kind","path","number","field","context","page","start","end","text"}; NULL when memory ends. */
json_t *zd_parsed_passage_json(const struct zd_passage *passage, struct zd_char_counter *counter);

#endif
