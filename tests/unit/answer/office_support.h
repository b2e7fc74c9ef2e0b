/* What the tests of ranking and answering share: an office with a few documents, asked the way
 * the desk asks. */
#ifndef ZD_OFFICE_SUPPORT_H
#define ZD_OFFICE_SUPPORT_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "answer/answer.h"
#include "ingest/ingest.h"
#include "ingest/office.h"
#include "retrieve/catalogue.h"
#include "store/document.h"

#define TODAY 20261124

struct fixture {
    char folder[40];
    struct zd_office *office;
    struct zd_view *view;
    struct zd_arena *arena;
    struct zd_catalogue *catalogue;
    struct zd_reader reader; /* a visitor's */
};

/* name, text */
static const char *const fixture_files[][2] = {
    {"guide.md",
     "# 居住证办事指南\n\n## 受理条件\n\n在云岫市办理居住登记满半年。\n\n## 申请材料\n\n"
     "1. 身份证；\n2. 租赁合同；\n3. 一寸照片。\n\n## 办理时限\n\n十个工作日。\n\n"
     "## 收费标准\n\n首次申领不收费，补领每证收取工本费十元。\n\n## 办理地点\n\n"
     "听泉路60号一楼大厅。\n\n## 咨询电话\n\n0999-80100812\n"},
    {"dog.md",
     "# 云岫市养犬管理条例\n\n## 第一章 总则\n\n第一条 为了规范养犬行为，制定本条例。\n\n"
     "第二条 养犬人应当自取得犬只之日起三十日内申请登记，每户限养两只。\n\n"
     "第三条 携犬出户应当使用不超过一点五米的束犬绳。\n\n第四条 本条例自2024年1月1日起施行。\n"},
    {"impl.md", "# 云岫市养犬登记实施细则\n\n第一条 根据《云岫市养犬管理条例》制定本细则。\n\n"
                "第二条 登记机关按照《云岫市养犬管理条例》第二条办理登记。\n\n"
                "第三条 本细则自2024年2月1日起施行。\n"},
    {"water.txt",
     "关于调整居民生活用水价格的通知\n云发改价格〔2025〕41号\n\n各有关单位：\n"
     "经研究，现将居民生活用水价格调整如下。第一阶梯水价为每立方米三元二角，第二阶梯为每立方米"
     "四元八角。低保家庭每月免收八立方米水费。停车场、学校等用水另行规定。\n"
     "本通知自2025年7月1日起执行。\n"},
    {"fees.md",
     "# 云岫市停车收费标准表\n\n| 项目 | 标准 |\n|---|---|\n| 路内停车位首小时 | 四元 |\n"
     "| 公共停车场包月 | 三百元 |\n"},
    {"lift.md",
     "# 云岫市东屏区既有住宅加装电梯补贴办法\n\n第一条 本办法适用于云岫市东屏区。\n\n"
     "第二条 既有住宅加装电梯每台补贴二十万元。\n\n第三条 本办法自2024年1月1日起施行。\n"},
    {"old.txt", "关于高温津贴的通知\n\n高温津贴标准为每人每月二百元，由用人单位按月发放。\n"
                "本通知自2019年6月1日起施行，有效期至2021年12月31日。\n"},
};

static inline int fixture_unlink(const char *path, const struct stat *info, int kind,
                                 struct FTW *ftw)
{
    (void)info;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static inline void fixture_add(const char *office)
{
    const struct zd_ingest_options options = {0};
    struct zd_ingest *ingest = NULL;
    struct zd_error err = {0};
    enum zd_status st = zd_ingest_open(office, &options, &ingest, &err);

    for (size_t i = 0; st == ZD_OK && i < ZD_COUNT(fixture_files); i++) {
        struct zd_str name = zd_str_c(fixture_files[i][0]);
        const struct zd_ingest_facts lift = {.region = ZD_STR("云岫市东屏区")};
        const struct zd_ingest_facts water = {.region = ZD_STR("云岫市西浦区")};

        st = zd_ingest_bytes(ingest, name, zd_str_bytes(zd_str_c(fixture_files[i][1])),
                             zd_str_starts(name, ZD_STR("lift"))    ? &lift
                             : zd_str_starts(name, ZD_STR("water")) ? &water
                                                                    : NULL,
                             &err);
    }
    if (st == ZD_OK)
        st = zd_ingest_flush(ingest, &err);
    if (st != ZD_OK)
        fail_msg("%s", err.what);
    zd_ingest_close(ingest);
}

static inline int fixture_open(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char office[64];
    struct zd_error err = {0};

    if (!f)
        return -1;
    snprintf(f->folder, sizeof f->folder, "/tmp/zd-answer-XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(office, sizeof office, "%s/office", f->folder);
    fixture_add(office);
    f->arena = zd_arena_new((size_t)64 << 20);
    if (zd_office_open(office, &f->office, &err) != ZD_OK ||
        zd_view_open(f->office, &f->view, &err) != ZD_OK || zd_view_begin(f->view, &err) != ZD_OK) {
        print_error("%s\n", err.what);
        return -1;
    }
    f->catalogue = zd_catalogue_new();
    if (!f->catalogue)
        return -1;
    zd_catalogue_begin(f->catalogue, zd_view_generation(f->view), zd_subject_visitor());
    f->reader = (struct zd_reader){.store = zd_view_store(f->view),
                                   .subject = zd_subject_visitor(),
                                   .index = zd_view_index(f->view),
                                   .model = zd_view_model(f->view),
                                   .catalogue = f->catalogue};
    *state = f;
    return 0;
}

static inline int fixture_close(void **state)
{
    struct fixture *f = *state;

    zd_catalogue_free(f->catalogue);
    zd_view_end(f->view);
    zd_view_close(f->view);
    zd_office_close(f->office);
    zd_arena_free(f->arena);
    nftw(f->folder, fixture_unlink, 8, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

static inline struct zd_question fixture_understand(struct fixture *f, const char *text, int32_t on)
{
    const struct zd_scope scope = {.on = on, .today = TODAY};
    struct zd_question q = {0};
    struct zd_error err = {0};

    if (zd_understand(zd_str_c(text), &scope, zd_view_store(f->view), f->arena, &q, &err) != ZD_OK)
        fail_msg("%s: %s", text, err.what);
    return q;
}

static inline struct zd_ranking fixture_rank(struct fixture *f, const struct zd_question *q)
{
    struct zd_ranking ranking = {0};
    struct zd_error err = {0};

    if (zd_rank(q, &f->reader, 20, f->arena, &ranking, &err) != ZD_OK)
        fail_msg("%s", err.what);
    return ranking;
}

static inline void assert_str(struct zd_str got, const char *want)
{
    if (got.n != strlen(want) || (got.n > 0 && memcmp(got.p, want, got.n) != 0))
        fail_msg("got \"%.*s\", want \"%s\"", (int)got.n, got.p ? got.p : "", want);
}

static inline bool contains(struct zd_str s, const char *words)
{
    return zd_str_find(s, zd_str_c(words), 0) != SIZE_MAX;
}

#endif
