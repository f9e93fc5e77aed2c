/* Names of fields: finding them, and the nearest one where there is none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter/ast.h"

enum { NAME_MAX_COMPARED = 80 };

static uint32_t same_name(const lamna_registry *reg, const char *name, uint32_t *out)
{
    uint32_t n = 0;
    for (uint32_t f = 1; f < reg->field_count; f++) {
        if (strcmp(reg->fields[f].name, name) == 0) {
            if (out != NULL)
                out[n] = f;
            n++;
        }
    }
    return n;
}

/* Protocols that once had another name; their fields have it before the first point. */
static const char *const renamed[][2] = {{"bootp", "dhcp"}, {"ssl", "tls"}};

/* The present name of an old one, in the arena; NULL if it is none. */
static const char *present_name(struct compiler *c, const char *name)
{
    size_t n = strcspn(name, ".");
    for (size_t i = 0; i < sizeof renamed / sizeof renamed[0]; i++) {
        if (strlen(renamed[i][0]) != n || memcmp(name, renamed[i][0], n) != 0)
            continue;
        size_t size = strlen(renamed[i][1]) + strlen(name + n) + 1;
        char *present = compile_alloc(c, size);
        if (present != NULL)
            (void)snprintf(present, size, "%s%s", renamed[i][1], name + n);
        return present;
    }
    return NULL;
}

/* A field of a protocol that is not dissected here: it is in no packet, and of any type. */
static bool resolve_foreign(struct compiler *c, struct node *n, const char *name)
{
    static const struct field_def any = {.name = "", .label = "", .type = LAMNA_PROTOCOL};
    char proto[64];
    size_t length = strcspn(name, ".");
    if (length >= sizeof proto || !foreign_name(name))
        return false;
    memcpy(proto, name, length);
    proto[length] = '\0';
    if (lamna_field_find(c->reg, proto) != NULL)
        return false; /* it is dissected, and has no such field */
    compile_warn(c, n->begin, n->end, "\"%.*s\" is not dissected here: this matches no packet",
                 (int)length, name);
    n->kind = NODE_FIELD;
    n->foreign = true;
    n->def = &any;
    n->type = LAMNA_PROTOCOL;
    return true;
}

bool resolve_field(struct compiler *c, struct node *n)
{
    const char *name = n->text;
    if (name[0] == '.')
        name++;
    const lamna_field *f = lamna_field_find(c->reg, name);
    const char *present = f == NULL ? present_name(c, name) : NULL;
    if (present != NULL) {
        f = lamna_field_find(c->reg, present);
        if (f != NULL || foreign_name(present))
            compile_warn(c, n->begin, n->end, "\"%s\" is deprecated: write \"%s\"", name, present);
        name = present;
    }
    if (f == NULL)
        return resolve_foreign(c, n, name);
    if (f->number == FIELD_TEXT)
        return false;
    n->field_count = same_name(c->reg, f->name, NULL);
    n->fields = compile_alloc(c, (n->field_count + 1) * sizeof *n->fields);
    if (n->fields == NULL)
        return false;
    same_name(c->reg, f->name, n->fields);
    n->kind = NODE_FIELD;
    n->def = registry_def(c->reg, f->number);
    n->type = n->mode == LOAD_RAW ? LAMNA_BYTES : f->type;
    return true;
}

/* Levenshtein's distance, by rows. */
static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
    unsigned row[NAME_MAX_COMPARED + 1];
    for (unsigned j = 0; j <= m; j++)
        row[j] = j;
    for (unsigned i = 1; i <= n; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= m; j++) {
            unsigned best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[m];
}

static const char *nearest(const lamna_registry *reg, const char *name)
{
    size_t n = strlen(name);
    const char *best = NULL;
    unsigned least = n <= 3 ? 2 : (unsigned)n / 3 + 1;
    if (n > NAME_MAX_COMPARED)
        return NULL;
    for (uint32_t f = 1; f < reg->field_count; f++) {
        const char *other = reg->fields[f].name;
        size_t m = strlen(other);
        if (m > NAME_MAX_COMPARED || m + least < n || n + least < m)
            continue;
        unsigned d = distance(name, n, other, m);
        if (d < least) {
            least = d;
            best = other;
        }
    }
    return best;
}

void hint_nearest(struct compiler *c, const char *name)
{
    if (c->err == NULL || c->err->hint[0] != '\0')
        return;
    const char *near = nearest(c->reg, name);
    if (near != NULL)
        compile_hint(c, "Did you mean \"%s\"?", near);
}

bool unknown_field(struct compiler *c, const struct node *n)
{
    if (c->failed)
        return false;
    compile_error(c, n->begin, n->end, "There is no field or protocol \"%s\"", n->text);
    if (strcmp(n->text, "AND") == 0 || strcmp(n->text, "OR") == 0 || strcmp(n->text, "NOT") == 0)
        compile_hint(c, "Operators are written in lower case");
    else
        hint_nearest(c, n->text);
    return false;
}
