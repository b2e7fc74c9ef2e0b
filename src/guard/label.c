/* label.c: see label.h. */
#include "guard/label.h"

#include "base/json.h"

struct zd_str zd_label_visible(void)
{
    return ZD_STR("（本回答由人工智能生成，仅供参考，以所引文件原文为准 / AI-generated; the cited "
                  "texts prevail）");
}

json_t *zd_label_json(struct zd_str producer, struct zd_str id)
{
    json_t *aigc = json_object();

    if (zd_json_set_str(aigc, "Label", ZD_STR("1")) &&
        zd_json_set_str(aigc, "ContentProducer", producer) &&
        zd_json_set_str(aigc, "ProduceID", id) &&
        zd_json_set_str(aigc, "ReservedCode1", ZD_STR("")) &&
        zd_json_set_str(aigc, "ContentPropagator", producer) &&
        zd_json_set_str(aigc, "PropagateID", id) &&
        zd_json_set_str(aigc, "ReservedCode2", ZD_STR("")))
        return aigc;
    json_decref(aigc);
    return NULL;
}
