/* page_words: every word that a person reads on the pages, Chinese first, English second.
 *
 *     X(NAME, chinese, english)
 */
#ifndef ZD_HTTP_PAGE_WORDS_H
#define ZD_HTTP_PAGE_WORDS_H

// clang-format off
#define ZD_PAGE_WORD_TABLE(X)                                                                      \
    X(SITE, "政务问答", "Public Service Answers")                                                  \
    X(SLOGAN, "只摘原文 · 注明出处", "Official words, with their source")                          \
    X(SKIP, "跳到主要内容", "Skip to main content")                                                \
    X(VIEW_NAV, "语言与显示", "Language and display")                                              \
    X(LARGE, "大字版", "Large print")                                                              \
    X(NORMAL, "标准字号", "Standard print")                                                        \
    X(ASK_TITLE, "您想了解什么？", "What would you like to know?")                                 \
    X(ASK_LEAD, "用平常的话提问即可。答复摘自本单位公开的文件，逐条注明出处；没有依据的，不作答复。",   \
      "Ask in plain words. Answers are taken from the documents this office has published, each "  \
      "with its source. Without evidence there is no answer.")                                     \
    X(QUESTION, "您的问题", "Your question")                                                       \
    X(QUESTION_HINT, "写清事项，有地区的写上地区，例如：居住证到期怎么续签？请勿填写身份证号、手机号等个人信息。", \
      "Name the matter, and the district where it counts. Please leave out personal data such as " \
      "identity or telephone numbers.")                                                            \
    X(NARROW, "限定地区或日期（可不填）", "Narrow by region or date (optional)")                   \
    X(REGION, "地区", "Region")                                                                    \
    X(REGION_HINT, "如：东屏区", "for example 东屏区")                                             \
    X(AS_OF, "按哪一天的规定", "As of the day")                                                    \
    X(AS_OF_HINT, "不填即按今天", "empty means today")                                             \
    X(SUBMIT, "提问", "Ask")                                                                       \
    X(WAITING, "正在查找依据……", "Looking for evidence …")                                         \
    X(FAILED, "没有收到答复，请再试一次。", "No reply came. Please try again.")                    \
    X(UNDERSTOOD, "问题", "Question")                                                              \
    X(UNDERSTOOD_AS, "理解为", "Understood as")                                                    \
    X(SCOPE_TODAY, "按今天（{date}）有效的规定", "as in force today, {date}")                      \
    X(SCOPE_DAY, "按 {date} 当日有效的规定", "as in force on {date}")                              \
    X(ANSWER, "答复", "Answer")                                                                    \
    X(VERBATIM, "以下文字摘自原文，未作改写", "Taken word for word from the document")             \
    X(CONFIDENCE, "把握", "Confidence")                                                            \
    X(CONF_HIGH, "较高", "high")                                                                   \
    X(CONF_MIDDLE, "一般，请对照下列原文", "medium; please check the text below")                  \
    X(CONF_LOW, "较低，请务必对照原文或咨询窗口", "low; please check the text or ask the office")  \
    X(EVIDENCE, "依据", "Evidence")                                                                \
    X(RELATED, "可能相关的文件（不作为答复）", "Possibly related (not an answer)")                 \
    X(NUMBER, "文号", "Number")                                                                    \
    X(ISSUER, "发布机关", "Issued by")                                                             \
    X(PLACE, "位置", "Place")                                                                      \
    X(PAGE, "页码", "Page")                                                                        \
    X(ISSUED, "发布日期", "Issued")                                                                \
    X(EFFECTIVE, "施行日期", "In force from")                                                      \
    X(EXPIRES, "有效期至", "Valid until")                                                          \
    X(VALIDITY, "效力", "Validity")                                                                \
    X(ST_IN_FORCE, "现行有效", "In force")                                                         \
    X(ST_NOT_YET, "尚未施行", "Not yet in force")                                                  \
    X(ST_EXPIRED, "已失效", "Expired")                                                             \
    X(ST_SUPERSEDED, "已被替代", "Superseded")                                                     \
    X(ST_UNKNOWN, "效力未注明", "Validity not stated")                                             \
    X(OPEN, "在原文中查看", "Open in the original")                                                \
    X(COPY, "复制引用", "Copy citation")                                                           \
    X(COPIED, "已复制", "Copied")                                                                  \
    X(REFUSED, "没有找到可以依据的文件", "No document answers this")                               \
    X(REF_NOTHING, "本单位公开的文件中没有与这个问题相符的内容，因此不作答复。",                   \
      "Nothing this office has published matches the question, so no answer is given.")            \
    X(REF_NOT_IN_FORCE, "相关文件在所问日期不是有效状态，因此不作答复。",                          \
      "The related documents are not in force on the day asked about, so no answer is given.")     \
    X(REF_OTHER_REGION, "相关文件适用于其他地区，因此不作答复。",                                  \
      "The related documents apply to other regions, so no answer is given.")                      \
    X(NEXT, "下一步", "What you can do next")                                                      \
    X(NEXT_CALL, "向本单位窗口或政务服务便民热线 12345 咨询", "Ask at the counter, or call the public service hotline 12345") \
    X(NEXT_REPHRASE, "换一个说法，或写明事项的正式名称再问一次", "Ask again in other words, or with the official name of the matter") \
    X(NEXT_SCOPE, "检查上面填写的地区和日期", "Check the region and the day given above")          \
    X(PARTIAL, "部分文件暂时无法检索，答复可能不完整。", "Some documents cannot be searched at the moment; the answer may be incomplete.") \
    X(NOTE, "答复由程序从原文摘取，以文件原文为准。", "Answers are extracted by a program; the documents themselves are authoritative.") \
    X(VERSIONS, "其他版本", "Other versions")                                                      \
    X(VERSION, "版本", "Version")                                                                  \
    X(FULL_TEXT, "全文", "Full text")                                                              \
    X(CITED, "下面标出的文字即被引用之处", "The marked words are the ones cited")                  \
    X(TO_CITED, "跳到引用之处", "Go to the cited words")                                           \
    X(PREVIOUS, "上一部分", "Previous part")                                                       \
    X(FOLLOWING, "下一部分", "Next part")                                                          \
    X(BACK, "返回提问", "Back to asking")                                                          \
    X(ERR_TITLE, "无法显示", "Cannot be shown")                                                    \
    X(ERR_400, "地址或填写的内容有误，请检查后重试。", "The address or what was filled in is not right. Please check and try again.") \
    X(ERR_404, "没有这个页面，或文件已被移除。", "There is no such page, or the document has been removed.") \
    X(ERR_413, "问题太长，请缩短后再试。", "The question is too long. Please shorten it.")         \
    X(ERR_503, "现在访问的人较多，请稍候再试。", "The service is busy. Please try again shortly.") \
    X(ERR_500, "系统出错，已记录。请稍候再试。", "Something went wrong on our side and was recorded. Please try again later.") \
    X(ERR_ID, "请求编号", "Request number")
// clang-format on

#define ZD_PAGE_WORD_ENUM(name, zh, en) ZD_W_##name,
enum zd_page_word { ZD_PAGE_WORD_TABLE(ZD_PAGE_WORD_ENUM) ZD_W_COUNT };
#undef ZD_PAGE_WORD_ENUM

#endif
