/* vectors: the rows of tests/wire/requests.txt, whose head describes their form. */
#ifndef ZD_TEST_VECTORS_H
#define ZD_TEST_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VECTOR_MAX_BYTES = 40000 };

struct vector {
    char name[64];
    int status;   /* 0: "more" */
    bool refused; /* by the parser itself */
    bool closes;  /* although it is read */
    size_t n;
    char bytes[VECTOR_MAX_BYTES];
};

enum { COLUMN_NAME = 6, COLUMN_BYTES = 35 };

static int hex(char c)
{
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* One unit of the text at *p (a byte, an escape, or ⏎) as bytes; moves *p behind it. */
static void put_unit(struct vector *v, const char **p)
{
    static const char names[] = "rnt0\\", values[] = "\r\n\t\0\\";
    const char *known;

    if (strncmp(*p, "⏎", 3) == 0) {
        v->bytes[v->n++] = '\r';
        v->bytes[v->n++] = '\n';
        *p += 3;
    } else if ((*p)[0] == '\\' && (*p)[1] == 'x') {
        v->bytes[v->n++] = (char)(hex((*p)[2]) * 16 + hex((*p)[3]));
        *p += 4;
    } else if ((*p)[0] == '\\' && (known = strchr(names, (*p)[1]))) {
        v->bytes[v->n++] = values[known - names];
        *p += 2;
    } else {
        v->bytes[v->n++] = *(*p)++;
    }
}

/* "{X*N}" at p: where X and N stand; false for any other brace. */
static bool is_repeat(const char *p, const char **ret_star, const char **ret_close)
{
    const char *close = strchr(p + 2, '}');
    const char *star = close;

    while (star && star > p + 1 && *star != '*')
        star--;
    if (!close || star <= p + 1 || star + 1 == close ||
        strspn(star + 1, "0123456789") != (size_t)(close - star - 1))
        return false;
    *ret_star = star;
    *ret_close = close;
    return true;
}

static void put_all(struct vector *v, const char *p)
{
    while (*p) {
        const char *star, *close;

        if (*p == '{' && is_repeat(p, &star, &close)) {
            for (long i = strtol(star + 1, NULL, 10); i > 0; i--)
                for (const char *x = p + 1; x < star;)
                    put_unit(v, &x);
            p = close + 1;
        } else {
            put_unit(v, &p);
        }
    }
}

static void read_row(struct vector *v, char *line)
{
    const char *verdict = line;
    size_t n;

    v->n = 0;
    v->refused = verdict[0] == '!';
    v->status = (int)strtol(verdict + (v->refused ? 1 : 0), NULL, 10);
    v->closes = v->refused || verdict[3] == 'x';
    n = strcspn(line + COLUMN_NAME, " \n");
    memcpy(v->name, line + COLUMN_NAME, n);
    v->name[n] = '\0';
    if (strlen(line) > COLUMN_BYTES)
        put_all(v, line + COLUMN_BYTES);
}

/* Calls back with every row; gives the number of rows, 0 where the file cannot be read. */
static size_t vectors_each(void (*row)(const struct vector *vector, void *context), void *context)
{
    static struct vector vector;
    const char *root = getenv("ZD_SOURCE");
    char path[4096], line[8192];
    size_t rows = 0;
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/tests/wire/requests.txt", root ? root : ".");
    file = fopen(path, "r");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '\0' || line[0] == '#')
            continue;
        read_row(&vector, line);
        row(&vector, context);
        rows++;
    }
    (void)fclose(file);
    return rows;
}

#endif
