/* decode.c: bytes of unknown encoding to UTF-8, see zd_decode in text.h.
 *
 * In this order: a byte order mark decides; NUL bytes and other control characters in number are
 * binary data; what is valid UTF-8 is UTF-8, because other encodings hardly ever are by chance;
 * what is left is GB18030 or Big5. Their byte ranges overlap almost wholly, so both are tried on
 * a sample and the readings compared as text: in real Chinese nine of ten characters are among
 * the 1,500 commonest, in a wrong reading one of ten. A reading must also be plausible
 * on its own, or nothing is: a damaged UTF-8 file is refused rather than read as GB18030.
 *
 * A declared charset (HTML meta) breaks near ties, and decides about the few short texts that are
 * valid UTF-8 by accident (GBK 联通).
 *
 * Conversion is glibc's iconv, here only. Rejected: libuchardet, which sees neither what Chinese
 * reads like nor a damaged file, and is another thing to install. */
#include "text/text.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/caps.h"
#include "base/utf8.h"

#define SAMPLE_BYTES 65536
#define CONTROL_SHARE 64 /* one control character in so many bytes is binary data */
#define PLAUSIBLE 0.25   /* least share of common characters */
#define HINT_BONUS 0.20

/* The commonest characters of written Chinese, and of official texts, Simplified; readings are
 * folded before they are compared, so that Traditional ones count too. */
static const char *const common_han[] = {
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过",
    "子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体",
    "制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内",
    "数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提",
    "直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计",
    "别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海",
    "口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身",
    "车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石",
    "记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青",
    "省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型",
    "眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严首底液官德随病苏",
    "失尔死讲配女黄推显谈罪神艺呢席含企望密批营项防举球英氧势告李台落木帮轮破亚师围注远字材排供河",
    "态封另施减树溶怎止案言士均武固叶鱼波视仅费紧爱左章早朝害续轻服试食充兵源判护司足某练差致板田",
    "降黑犯负击范继兴似余坚曲输修故城夫够送笔船占右财吃富春职觉汉画功巴跟虽杂飞检吸助升阳互初创抗",
    "考投坏策古径换未跑留钢曾端责站简述钱副尽帝射草冲承独令限阿宣环双请超微让控州良轴找否纪益依优",
    "顶础载倒房突坐粉敌略客袁冷胜绝析块剂测丝协诉念陈仍罗盐友洋错苦夜刑移频逐靠混母短皮终聚汽村云",
    "哪既距卫停烈央察烧迅境若印洲刻括激孔搞甚室待核校散侵吧甲游久菜味旧模湖货损预阻毫普稳乙妈植息",
    "扩银语挥酒守拿序纸医缺雨吗针刘啊急唱误训愿审附获茶鲜粮斤孩脱硫肥善龙演父渐血欢械掌歌沙刚攻谓",
    "盾讨晚粒乱燃矛乎杀药宁鲁贵钟煤读班伯香介迫句丰培握兰担弦蛋沉假穿执答乐谁顺烟缩征脸喜松脚困异",
    "免背星福买染井概慢怕磁倍祖皇促静补评翻肉践尼衣宽扬棉希伤操垂秋宜氢套督振架亮末宪庆编牛触映雷",
    "销诗座居抓裂胞呼娘景威绿晶厚盟衡鸡孙延危胶屋乡临陆顾掉呀灯岁措束耐剧玉赵跳哥季课凯胡额款绍卷",
    "齐伟蒸殖永宗苗川炉岩弱零杨奏沿露杆探滑镇饭浓航怀赶库夺伊灵税途灭赛归召鼓播盘裁险康唯录菌纯借",
    "糖盖横符私努堂域枪润幅哈竟熟虫泽脑壤碳欧遍侧寨敢彻虑斜薄庭纳弹饲伸折麦湿暗荷瓦塞床筑恶户访塔",
    "奇透梁刀旋迹卡氯遇份毒泥退洗摆灰彩卖耗夏择忙铜献硬予繁圈雪函亦抽篇阵阴丁尺追堆雄迎泛爸楼避谋",
    "吨野猪旗累偏典馆索秦脂潮爷豆忽托惊塑遗愈朱替纤粗倾尚痛楚谢奋购磨君池旁碎骨监捕弟暴割贯殊释词",
    "亡壁顿宝午尘闻揭炮残冬桥妇警综招吴付浮遭徐您摇谷赞箱隔订男吹园纷唐败宋玻巨耕坦荣闭湾键凡驻锅",
    "救恩剥凝碱齿截炼麻纺禁废盛版缓净睛昌婚涉筒嘴插岸朗庄街藏姑贸腐奴啦惯乘伙恢匀纱扎辩耳彪臣亿璃",
    "抵脉秀萨俄网舞店喷纵寸汗挂洪贺闪柬爆烯津稻墙软勇像滚厘蒙芳肯坡柱荡腿仪旅尾轧冰贡登黎削钻勒逃",
    "障氨郭峰币港伏轨亩毕擦莫刺浪秘援株健售股岛甘泡睡童铸汤阀休汇舍牧绕炸哲磷绩朋淡尖启陷柴呈徒颜",
    "泪稍忘泵蓝拖洞授镜辛壮锋贫虚弯摩泰幼廷尊窗纲弄隶疑氏宫姐震瑞怪尤琴循描膜违夹腰缘珠穷森枝竹沟",
    "催绳忆邦剩幸浆栏拥牙贮礼滤钠纹罢拍咱喊袖埃勤罚焦潜伍墨欲缝姓刊饱仿奖铝鬼丽跨默挖链扫喝袋炭污",
    "幕诸弧励梅奶洁灾舟鉴苯讼抱毁懂寒智埔寄届跃渡挑丹艰贝碰拔爹戴码梦芽熔赤渔哭敬颗奔铅仲虎稀妹乏",
    "珍申桌遵允隆螺仓魏锐晓氮兼隐碍赫拨忠肃缸牵抢博巧壳兄杜讯诚碧祥柯页巡矩悲灌龄伦票寻桂铺圣恐恰",
    "郑趣抬荒腾贴柔滴猛阔辆妻填撤储签闹扰紫砂递戏吊陶伐喂疗瓶婆抚臂摸忍虾蜡邻胸巩挤偶弃槽劲乳邓吉",
    "仁烂砖租乌舰伴瓜浅丙暂燥橡柳迷暖牌秧胆详簧踏瓷谱呆宾糊洛辉愤竞隙怒粘乃绪肩籍敏涂熙皆侦悬掘享",
    "纠醒狂锁淀恨牲霸爬赏逆玩陵祝秒浙貌役彼悉鸭趋凤晨畜辈秩卵署梯炎滩棋驱筛峡冒啥寿译浸泉帽迟硅疆",
    "贷漏稿冠嫩胁芯牢叛蚀奥鸣岭羊凭串塘绘酵融盆锡庙筹冻辅摄袭筋拒僚旱钾鸟漆沈眉疏添棒穗硝韩逼扭侨",
    "凉挺碗栽炒杯患馏劝豪辽勃鸿旦吏拜狗埋辊掩饮搬骂辞勾扣估蒋绒雾丈朵姆拟宇辑陕雕偿蓄崇剪倡厅咬驶",
    "薯刷",
};

enum charset { CHARSET_UTF8, CHARSET_GB18030, CHARSET_BIG5, CHARSET_OTHER };

static const char *const charset_names[] = {"UTF-8", "GB18030", "Big5", "?"};
static const char *const iconv_names[] = {"UTF-8", "GB18030", "BIG5-HKSCS", "?"};

static enum charset charset_of_hint(struct zd_str hint)
{
    static const struct {
        const char *label;
        enum charset charset;
    } labels[] = {
        {"utf-8", CHARSET_UTF8},    {"utf8", CHARSET_UTF8},     {"gb2312", CHARSET_GB18030},
        {"gbk", CHARSET_GB18030},   {"x-gbk", CHARSET_GB18030}, {"gb18030", CHARSET_GB18030},
        {"cp936", CHARSET_GB18030}, {"big5", CHARSET_BIG5},     {"big5-hkscs", CHARSET_BIG5},
        {"cp950", CHARSET_BIG5},    {"x-x-big5", CHARSET_BIG5},
    };

    hint = zd_str_trim(hint);
    for (size_t i = 0; i < ZD_COUNT(labels); i++)
        if (hint.n == strlen(labels[i].label) && strncasecmp(hint.p, labels[i].label, hint.n) == 0)
            return labels[i].charset;
    return CHARSET_OTHER;
}

/* Converts all of raw; a cut last character is an error unless may_be_cut. Errors: ZD_INVALID at
 * the first offset that does not fit; ZD_IO where the C library lacks the converter. */
static enum zd_status convert(struct zd_bytes raw, const char *from, bool may_be_cut,
                              struct zd_buf *out, struct zd_error *err)
{
    char chunk[8192];
    char *in = (char *)(uintptr_t)raw.p; /* iconv's prototype lacks a const; it does not write */
    size_t left = raw.n;
    enum zd_status st = ZD_OK;
    iconv_t cd = iconv_open("UTF-8", from);

    if (cd == (iconv_t)-1)
        return ZD_FAIL(err, ZD_IO, 0, "the C library offers no converter from %s", from);
    for (bool flushing = false;; flushing = left == 0) {
        char *to = chunk;
        size_t room = sizeof chunk;
        size_t r = iconv(cd, flushing ? NULL : &in, flushing ? NULL : &left, &to, &room);

        zd_buf_add(out, chunk, sizeof chunk - room);
        if (r == (size_t)-1 && errno != E2BIG) {
            if (!(errno == EINVAL && may_be_cut))
                st = ZD_FAIL(err, ZD_INVALID, raw.n - left, "byte %zu is not %s", raw.n - left,
                             from);
            break;
        }
        if (flushing && r != (size_t)-1)
            break;
    }
    (void)iconv_close(cd);
    return st;
}

static void mark_common(uint8_t bits[8192])
{
    memset(bits, 0, 8192);
    for (size_t i = 0; i < ZD_COUNT(common_han); i++) {
        struct zd_str row = zd_str_c(common_han[i]);

        for (size_t at = 0; at < row.n;) {
            uint32_t c = zd_utf8_next(row, &at);

            bits[c >> 3 & 8191] |= (uint8_t)(1u << (c & 7));
        }
    }
}

/* How far a reading reads like Chinese: the share of common characters and punctuation among all
 * that is not ASCII, less what never stands in real text. */
static double plausibility(struct zd_str text)
{
    uint8_t common[8192];
    size_t n = 0, at = 0;
    double good = 0;

    mark_common(common);
    while (at < text.n) {
        uint32_t c = zd_utf8_next(text, &at);

        if (c < 0x80)
            continue;
        n++;
        if (c < 0x10000 && (common[c >> 3] >> (c & 7) & 1))
            good += 1;
        else if ((c >= 0x3001 && c <= 0x3017) || (c >= 0xFF01 && c <= 0xFF5E) || c == 0xB7 ||
                 (c >= 0x2014 && c <= 0x2026))
            good += 0.8;
        else if ((c >= 0xE000 && c < 0xF900) || c < 0xA0 || c == ZD_REPLACEMENT)
            good -= 2;
        else if (!(c >= 0x4E00 && c < 0xA000))
            good -= 0.5;
    }
    return n ? good / (double)n : 0;
}

/* Plausibility of the sample read as `charset`; -1 where it cannot be. */
static enum zd_status score(struct zd_bytes raw, enum charset charset, double *ret_score,
                            struct zd_error *err)
{
    struct zd_buf text = {.max = 8 * SAMPLE_BYTES}, folded = {.max = 32 * SAMPLE_BYTES};
    struct zd_bytes sample = {raw.p, raw.n < SAMPLE_BYTES ? raw.n : SAMPLE_BYTES};
    enum zd_status st;

    st = convert(sample, iconv_names[charset], sample.n < raw.n, &text, err);
    if (st == ZD_INVALID) {
        *ret_score = -1;
        st = ZD_OK;
        goto out;
    }
    if (st != ZD_OK)
        goto out;
    zd_text_fold(zd_buf_view(&text), &folded);
    st = zd_buf_check(&folded, "a sample of text", err);
    if (st != ZD_OK)
        goto out;
    *ret_score = plausibility(zd_buf_view(&folded));
out:
    zd_buf_done(&text);
    zd_buf_done(&folded);
    return st;
}

static enum zd_status refuse_binary(struct zd_bytes raw, struct zd_error *err)
{
    size_t n_controls = 0, first = 0;

    for (size_t i = 0; i < raw.n; i++) {
        uint8_t c = raw.p[i];

        if (c == 0)
            return ZD_FAIL(err, ZD_INVALID, i, "binary data, not text: a NUL byte at byte %zu", i);
        if (c >= 0x20 ? c != 0x7F : (c >= '\t' && c <= '\r'))
            continue;
        if (n_controls++ == 0)
            first = i;
    }
    if (n_controls > 2 && n_controls > raw.n / CONTROL_SHARE)
        return ZD_FAIL(err, ZD_INVALID, first,
                       "binary data, not text: %zu control characters, the first at byte %zu",
                       n_controls, first);
    return ZD_OK;
}

/* Valid UTF-8 by accident: a declared Chinese charset, no character of three bytes, and a
 * plausible reading in that charset. */
static enum zd_status is_accident(struct zd_bytes raw, enum charset hint, bool *ret_is,
                                  struct zd_error *err)
{
    double plausible = -1;
    bool high = false;
    enum zd_status st;

    *ret_is = false;
    if (hint != CHARSET_GB18030 && hint != CHARSET_BIG5)
        return ZD_OK;
    for (size_t i = 0; i < raw.n; i++) {
        if (raw.p[i] >= 0xE0)
            return ZD_OK;
        high |= raw.p[i] >= 0x80;
    }
    if (!high)
        return ZD_OK;
    st = score(raw, hint, &plausible, err);
    *ret_is = plausible >= 0.5;
    return st;
}

static enum zd_status choose(struct zd_bytes raw, enum charset hint, enum charset *ret_charset,
                             struct zd_error *err)
{
    size_t valid = zd_utf8_valid_prefix(raw);
    double gb = -1, big5 = -1, best;
    bool accident = false;
    enum zd_status st;

    if (valid == raw.n) {
        st = is_accident(raw, hint, &accident, err);
        if (st == ZD_OK)
            *ret_charset = accident ? hint : CHARSET_UTF8;
        return st;
    }
    st = score(raw, CHARSET_GB18030, &gb, err);
    if (st != ZD_OK)
        return st;
    st = score(raw, CHARSET_BIG5, &big5, err);
    if (st != ZD_OK)
        return st;
    if (gb > -1 && hint == CHARSET_GB18030)
        gb += HINT_BONUS;
    if (big5 > -1 && hint == CHARSET_BIG5)
        big5 += HINT_BONUS;
    best = gb >= big5 ? gb : big5;
    if (best < PLAUSIBLE)
        return ZD_FAIL(err, ZD_INVALID, valid,
                       "not text in UTF-8, UTF-16, GB18030 or Big5: the bytes at %zu fit none "
                       "(save the file as UTF-8)",
                       valid);
    *ret_charset = gb >= big5 ? CHARSET_GB18030 : CHARSET_BIG5;
    return ZD_OK;
}

/* Appends text with every \r\n and \r as \n. */
static void add_with_line_feeds(struct zd_str text, struct zd_buf *out)
{
    size_t start = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '\r')
            continue;
        zd_buf_str(out, zd_str_cut(text, start, i));
        if (i + 1 == text.n || text.p[i + 1] != '\n')
            zd_buf_byte(out, '\n');
        start = i + 1;
    }
    zd_buf_str(out, zd_str_cut(text, start, text.n));
}

static enum zd_status add_utf8(struct zd_bytes raw, struct zd_buf *out, struct zd_error *err)
{
    size_t valid = zd_utf8_valid_prefix(raw);

    if (valid != raw.n)
        return ZD_FAIL(err, ZD_INVALID, valid, "not valid UTF-8 at byte %zu", valid);
    add_with_line_feeds((struct zd_str){(const char *)raw.p, raw.n}, out);
    return zd_buf_check(out, "the decoded text", err);
}

static enum zd_status add_converted(struct zd_bytes raw, const char *from, struct zd_buf *out,
                                    struct zd_error *err)
{
    struct zd_buf text = {.max = ZD_TEXT_MAX_BYTES};
    enum zd_status st;
    size_t nul;

    st = convert(raw, from, false, &text, err);
    if (st == ZD_OK)
        st = zd_buf_check(&text, "the decoded text", err);
    if (st != ZD_OK)
        goto out;
    nul = zd_str_find(zd_buf_view(&text), (struct zd_str){"", 1}, 0);
    if (nul != SIZE_MAX) {
        st = ZD_FAIL(err, ZD_INVALID, 0, "binary data, not text: a NUL character in %s", from);
        goto out;
    }
    add_with_line_feeds(zd_buf_view(&text), out);
    st = zd_buf_check(out, "the decoded text", err);
out:
    zd_buf_done(&text);
    return st;
}

static struct zd_bytes behind(struct zd_bytes raw, size_t n)
{
    return (struct zd_bytes){raw.p + n, raw.n - n};
}

enum zd_status zd_decode(struct zd_bytes raw, struct zd_str hint, struct zd_buf *out,
                         const char **ret_name, struct zd_error *err)
{
    enum charset charset = CHARSET_UTF8;
    const char *name = NULL;
    enum zd_status st;

    if (raw.n >= 2 && raw.p[0] == 0xFF && raw.p[1] == 0xFE) {
        name = "UTF-16LE";
        st = add_converted(behind(raw, 2), name, out, err);
    } else if (raw.n >= 2 && raw.p[0] == 0xFE && raw.p[1] == 0xFF) {
        name = "UTF-16BE";
        st = add_converted(behind(raw, 2), name, out, err);
    } else {
        bool bom = raw.n >= 3 && memcmp(raw.p, "\xEF\xBB\xBF", 3) == 0;

        if (bom)
            raw = behind(raw, 3);
        st = refuse_binary(raw, err);
        if (st == ZD_OK && !bom)
            st = choose(raw, charset_of_hint(hint), &charset, err);
        if (st == ZD_OK)
            st = charset == CHARSET_UTF8 ? add_utf8(raw, out, err)
                                         : add_converted(raw, iconv_names[charset], out, err);
        name = charset_names[charset];
    }
    if (st == ZD_OK)
        *ret_name = name;
    return st;
}
