/* intent.c: which field of a service guide a question asks for.
 *
 * A table of phrases, most telling first; the first phrase found decides. Only phrases that
 * people use for this one thing stand here: a wrong field costs more than none, because passages
 * of other fields then rank behind. */
#include "retrieve/retrieve_private.h"

struct phrase {
    const char *words;
    enum zd_guide_field field;
};

static const struct phrase phrases[] = {
    {"电话", ZD_GUIDE_PHONE},
    {"热线", ZD_GUIDE_PHONE},
    {"联系方式", ZD_GUIDE_PHONE},
    {"打哪个号", ZD_GUIDE_PHONE},
    {"什么材料", ZD_GUIDE_MATERIALS},
    {"哪些材料", ZD_GUIDE_MATERIALS},
    {"啥材料", ZD_GUIDE_MATERIALS},
    {"材料", ZD_GUIDE_MATERIALS},
    {"什么证件", ZD_GUIDE_MATERIALS},
    {"哪些证件", ZD_GUIDE_MATERIALS},
    {"带什么", ZD_GUIDE_MATERIALS},
    {"带哪些", ZD_GUIDE_MATERIALS},
    {"带些啥", ZD_GUIDE_MATERIALS},
    {"带啥", ZD_GUIDE_MATERIALS},
    {"要带", ZD_GUIDE_MATERIALS},
    {"准备什么", ZD_GUIDE_MATERIALS},
    {"准备哪些", ZD_GUIDE_MATERIALS},
    {"准备啥", ZD_GUIDE_MATERIALS},
    {"提交什么", ZD_GUIDE_MATERIALS},
    {"提交哪些", ZD_GUIDE_MATERIALS},
    {"交什么资料", ZD_GUIDE_MATERIALS},
    {"哪些资料", ZD_GUIDE_MATERIALS},
    {"什么资料", ZD_GUIDE_MATERIALS},
    {"啥资料", ZD_GUIDE_MATERIALS},
    {"什么手续", ZD_GUIDE_MATERIALS},
    {"收费", ZD_GUIDE_FEE},
    {"要钱吗", ZD_GUIDE_FEE},
    {"收钱", ZD_GUIDE_FEE},
    {"手续费", ZD_GUIDE_FEE},
    {"工本费", ZD_GUIDE_FEE},
    {"要不要钱", ZD_GUIDE_FEE},
    {"费用", ZD_GUIDE_FEE},
    {"交多少钱", ZD_GUIDE_FEE},
    {"多少钱", ZD_GUIDE_FEE},
    {"免费吗", ZD_GUIDE_FEE},
    {"花钱", ZD_GUIDE_FEE},
    {"几点", ZD_GUIDE_HOURS},
    {"上班时间", ZD_GUIDE_HOURS},
    {"办公时间", ZD_GUIDE_HOURS},
    {"上班吗", ZD_GUIDE_HOURS},
    {"上不上班", ZD_GUIDE_HOURS},
    {"周末", ZD_GUIDE_HOURS},
    {"周六", ZD_GUIDE_HOURS},
    {"星期六", ZD_GUIDE_HOURS},
    {"开门", ZD_GUIDE_HOURS},
    {"中午", ZD_GUIDE_HOURS},
    {"多久能", ZD_GUIDE_TIME},
    {"多久办", ZD_GUIDE_TIME},
    {"多久下", ZD_GUIDE_TIME},
    {"多久出", ZD_GUIDE_TIME},
    {"多久拿", ZD_GUIDE_TIME},
    {"要多久", ZD_GUIDE_TIME},
    {"等多久", ZD_GUIDE_TIME},
    {"等几天", ZD_GUIDE_TIME},
    {"需要多久", ZD_GUIDE_TIME},
    {"多长时间", ZD_GUIDE_TIME},
    {"办理时限", ZD_GUIDE_TIME},
    {"时限", ZD_GUIDE_TIME},
    {"几天能", ZD_GUIDE_TIME},
    {"几天办", ZD_GUIDE_TIME},
    {"几天拿", ZD_GUIDE_TIME},
    {"要几天", ZD_GUIDE_TIME},
    {"几个工作日", ZD_GUIDE_TIME},
    {"多少天能", ZD_GUIDE_TIME},
    {"在哪里办", ZD_GUIDE_PLACE},
    {"在哪儿办", ZD_GUIDE_PLACE},
    {"在哪办", ZD_GUIDE_PLACE},
    {"去哪里办", ZD_GUIDE_PLACE},
    {"去哪儿办", ZD_GUIDE_PLACE},
    {"去哪办", ZD_GUIDE_PLACE},
    {"到哪里办", ZD_GUIDE_PLACE},
    {"到哪儿办", ZD_GUIDE_PLACE},
    {"到哪办", ZD_GUIDE_PLACE},
    {"哪里可以办", ZD_GUIDE_PLACE},
    {"去哪里", ZD_GUIDE_PLACE},
    {"去哪儿", ZD_GUIDE_PLACE},
    {"到哪里", ZD_GUIDE_PLACE},
    {"哪个窗口", ZD_GUIDE_PLACE},
    {"什么地方", ZD_GUIDE_PLACE},
    {"地址", ZD_GUIDE_PLACE},
    {"地点", ZD_GUIDE_PLACE},
    {"在哪", ZD_GUIDE_PLACE},
    {"去哪", ZD_GUIDE_PLACE},
    {"什么条件", ZD_GUIDE_CONDITIONS},
    {"哪些条件", ZD_GUIDE_CONDITIONS},
    {"啥条件", ZD_GUIDE_CONDITIONS},
    {"条件", ZD_GUIDE_CONDITIONS},
    {"什么人可以", ZD_GUIDE_CONDITIONS},
    {"哪些人可以", ZD_GUIDE_CONDITIONS},
    {"谁可以", ZD_GUIDE_CONDITIONS},
    {"哪些人能", ZD_GUIDE_CONDITIONS},
    {"流程", ZD_GUIDE_PROCESS},
    {"步骤", ZD_GUIDE_PROCESS},
    {"怎么办理", ZD_GUIDE_PROCESS},
    {"如何办理", ZD_GUIDE_PROCESS},
    {"怎样办理", ZD_GUIDE_PROCESS},
    {"怎么申请", ZD_GUIDE_PROCESS},
    {"如何申请", ZD_GUIDE_PROCESS},
    {"法律依据", ZD_GUIDE_BASIS},
    {"设定依据", ZD_GUIDE_BASIS},
    {"什么依据", ZD_GUIDE_BASIS},
    {"哪个部门", ZD_GUIDE_OFFICE},
    {"哪个单位", ZD_GUIDE_OFFICE},
    {"归谁管", ZD_GUIDE_OFFICE},
};

enum zd_guide_field zd_retrieve__field_asked(struct zd_str folded, struct zd_span *ret_phrase)
{
    *ret_phrase = (struct zd_span){0, 0};
    for (size_t i = 0; i < ZD_COUNT(phrases); i++) {
        const struct zd_str words = zd_str_c(phrases[i].words);
        const size_t at = zd_str_find(folded, words, 0);

        if (at == SIZE_MAX)
            continue;
        *ret_phrase = (struct zd_span){(uint32_t)at, (uint32_t)(at + words.n)};
        return phrases[i].field;
    }
    return ZD_GUIDE_NONE;
}
