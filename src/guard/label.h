/* label: marks text that a model worded as generated, as the rules on labels ask.
 *
 *     visible    人工智能生成合成内容标识办法 (in force 2025-09-01) art. 4: words at the end of the text that
 *                say so, for whoever reads it, in every form in which it is shown or copied
 *     metadata   art. 5 and GB 45438-2025, annex E: an object AIGC with Label 1 (it is generated), who
 *                produced it and the content's number; the field names are the standard's
 *
 * Text of the office's documents, given in its own words, is not generated and carries no label.
 */
#ifndef ZD_GUARD_LABEL_H
#define ZD_GUARD_LABEL_H

#include <jansson.h>

#include "base/base.h"

/* The visible label, one line, Chinese first. Static. */
struct zd_str zd_label_visible(void);

/* {"Label": "1", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator",
 * "PropagateID", "ReservedCode2"}. `producer` names the service that worded the text, `id` this
 * text. The caller ends it with json_decref; NULL when memory ends. */
json_t *zd_label_json(struct zd_str producer, struct zd_str id);

#endif
