/* html.c: see html.h. */
#include "http/html.h"

#include <assert.h>
#include <string.h>

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\0':
        return "\xEF\xBF\xBD"; /* U+FFFD */
    default:
        return NULL;
    }
}

void zd_html_escape(struct zd_buf *out, struct zd_str text)
{
    size_t from = 0;

    for (size_t i = 0; i < text.n; i++) {
        const char *entity = entity_of(text.p[i]);

        if (!entity)
            continue;
        zd_buf_str(out, zd_str_cut(text, from, i));
        zd_buf_c(out, entity);
        from = i + 1;
    }
    zd_buf_str(out, zd_str_cut(text, from, text.n));
}

void zd_html_fill(struct zd_buf *out, const char *template, const struct zd_str *texts, size_t n)
{
    size_t used = 0;
    const char *hole;

    while ((hole = strstr(template, "{}"))) {
        assert(used < n);
        zd_buf_add(out, template, (size_t)(hole - template));
        zd_html_escape(out, texts[used++]);
        template = hole + 2;
    }
    assert(used == n);
    zd_buf_c(out, template);
}
