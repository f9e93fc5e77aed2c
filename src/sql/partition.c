#include "sql/partition.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sql/error.h"

/* Keys that stand for a time: what strftime makes of it. */
static const struct {
    const char *key, *format;
} times[] = {{"hour", "%Y-%m-%dT%H"}, {"day", "%Y-%m-%d"}};

/* ---- Keys ---------------------------------------------------------------------------------------- */

static bool is_name(const char *key)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return key[0] != '\0' && strspn(key, letters) == strlen(key);
}

lamna_status partition_init(struct partition *p, const char *list, lamna_error *err)
{
    *p = (struct partition){NULL, 0};
    if (list == NULL)
        return LAMNA_OK;
    p->keys = calloc(strlen(list) + 1, sizeof *p->keys);
    if (p->keys == NULL)
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    for (const char *at = list; at != NULL; at = *at == ',' ? at + 1 : NULL) {
        size_t length = strcspn(at, ",");
        char *key = strndup(at, length);
        if (key == NULL)
            return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
        p->keys[p->count++] = key;
        if (!is_name(key)) {
            (void)sql_error(err, LAMNA_ERR_ARGUMENT, "no folders can be named after \"%s\"", key);
            return sql_hint(err, "--partition takes hour, day, and names of columns");
        }
        at += length;
    }
    return LAMNA_OK;
}

void partition_free(struct partition *p)
{
    for (size_t i = 0; i < p->count; i++)
        free(p->keys[i]);
    free(p->keys);
    *p = (struct partition){NULL, 0};
}

static const char *format_of(const char *key)
{
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (strcmp(times[i].key, key) == 0)
            return times[i].format;
    }
    return NULL;
}

/* The first name that the query gives; to be freed, NULL: there is none. */
static char *first_name(struct sql_session *s, const char *query)
{
    const struct duck *d = &s->duck;
    duck_result result = {0};
    char *name = NULL;
    duck_chunk row =
        d->query(s->connection, query, &result) == DUCK_OK ? d->fetch_chunk(result) : NULL;
    if (row != NULL && d->data_chunk_get_size(row) > 0) {
        const duck_string *text = d->vector_get_data(d->data_chunk_get_vector(row, 0));
        uint32_t length = text->inside.length;
        name = strndup(length <= DUCK_STRING_INSIDE ? text->inside.bytes : text->outside.bytes,
                       length);
    }
    if (row != NULL)
        d->destroy_data_chunk(&row);
    d->destroy_result(&result);
    return name;
}

/* The column that a key is made of. */
static char *column_of(struct sql_session *s, const char *table, const char *key)
{
    char query[512];
    int n =
        snprintf(query, sizeof query, "SELECT column_name FROM (DESCRIBE %s) WHERE %s%s%s LIMIT 1",
                 table, format_of(key) != NULL ? "column_type = 'TIMESTAMP_NS" : "column_name = '",
                 format_of(key) != NULL ? "" : key, "'");
    return n > 0 && (size_t)n < sizeof query ? first_name(s, query) : NULL;
}

static void add(lamna_text *text, const char *more)
{
    lamna_text_add(text, more, strlen(more));
}

lamna_status partition_columns(const struct partition *p, struct sql_session *s, const char *table,
                               lamna_text *text, lamna_error *err)
{
    for (size_t i = 0; i < p->count; i++) {
        char *column = column_of(s, table, p->keys[i]);
        const char *format = format_of(p->keys[i]);
        if (column == NULL)
            return sql_error(err, LAMNA_ERR_ARGUMENT,
                             "the table %s cannot be cut by \"%s\": it has no such column", table,
                             p->keys[i]);
        if (format != NULL) {
            add(text, ", strftime(\"");
            add(text, column);
            add(text, "\"::TIMESTAMP, '");
            add(text, format);
            add(text, "') AS ");
            add(text, p->keys[i]);
        }
        free(column);
    }
    return LAMNA_OK;
}

void partition_clause(const struct partition *p, lamna_text *text)
{
    for (size_t i = 0; i < p->count; i++) {
        add(text, i == 0 ? ", WRITE_PARTITION_COLUMNS true, PARTITION_BY (\"" : ", \"");
        add(text, p->keys[i]);
        add(text, "\"");
    }
    add(text, p->count > 0 ? ")" : "");
}

/* ---- Files --------------------------------------------------------------------------------------- */

static FTS *open_tree(const char *path)
{
    char *paths[] = {(char *)(uintptr_t)path, NULL};
    return fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
}

void partition_remove(const char *path)
{
    FTS *tree = open_tree(path);
    for (FTSENT *entry; tree != NULL && (entry = fts_read(tree)) != NULL;) {
        if (entry->fts_info == FTS_DP)
            (void)rmdir(entry->fts_accpath);
        else if (entry->fts_info != FTS_D)
            (void)unlink(entry->fts_accpath);
    }
    if (tree != NULL)
        (void)fts_close(tree);
}

/* "NAME.parquet", or "NAME-1.parquet" where a folder has more than one. */
static bool is_named(const char *file, const char *name)
{
    size_t stem = (size_t)(strrchr(name, '.') - name);
    return strncmp(file, name, stem) == 0 && (file[stem] == '.' || file[stem] == '-');
}

void partition_remove_named(const char *folder, const char *name)
{
    FTS *tree = open_tree(folder);
    for (FTSENT *entry; tree != NULL && (entry = fts_read(tree)) != NULL;) {
        if (entry->fts_info == FTS_F && entry->fts_level > 1 && is_named(entry->fts_name, name))
            (void)unlink(entry->fts_accpath);
        else if (entry->fts_info == FTS_DP && entry->fts_level > 0)
            (void)rmdir(entry->fts_accpath); /* unless there is something in it */
    }
    if (tree != NULL)
        (void)fts_close(tree);
}

/* Makes the folders that lead to a file below `top`. */
static bool make_folders(char *path, size_t top)
{
    bool ok = true;
    for (char *at = strchr(path + top + 1, '/'); at != NULL && ok; at = strchr(at + 1, '/')) {
        *at = '\0';
        ok = mkdir(path, 0777) == 0 || errno == EEXIST;
        *at = '/';
    }
    return ok;
}

/* What is on the disk when its name is there is there whole. */
static bool move_file(const char *from, char *to, size_t top)
{
    int file = open(from, O_RDONLY | O_CLOEXEC);
    bool ok = file >= 0 && fsync(file) == 0;
    if (file >= 0)
        (void)close(file);
    return ok && make_folders(to, top) && rename(from, to) == 0;
}

/* Where a file of the tree goes: data_0.parquet gets the name, data_1.parquet the name with a number. */
static bool place_of(char *to, size_t room, const char *folder, const char *below, const char *name)
{
    const char *slash = strrchr(below, '/'), *dot = strrchr(name, '.');
    const char *underscore = slash != NULL ? strrchr(slash, '_') : NULL;
    unsigned long number = underscore != NULL ? strtoul(underscore + 1, NULL, 10) : 0;
    char many[24] = "";
    if (number > 0)
        (void)snprintf(many, sizeof many, "-%lu", number);
    int n = snprintf(to, room, "%s%.*s/%.*s%s%s", folder, slash != NULL ? (int)(slash - below) : 0,
                     below, (int)(dot - name), name, many, dot);
    return n > 0 && (size_t)n < room;
}

lamna_status partition_move(const char *from, const char *to, const char *name, lamna_error *err)
{
    char path[2 * PATH_MAX];
    bool ok = true;
    FTS *tree = open_tree(from);
    for (FTSENT *entry; tree != NULL && ok && (entry = fts_read(tree)) != NULL;) {
        if (entry->fts_info == FTS_F)
            ok = place_of(path, sizeof path, to, entry->fts_path + strlen(from), name) &&
                 move_file(entry->fts_path, path, strlen(to));
    }
    int error = errno;
    if (tree != NULL)
        (void)fts_close(tree);
    if (tree == NULL || !ok)
        return sql_error(err, LAMNA_ERR_IO, "cannot write into %s: %s", to, strerror(error));
    partition_remove(from);
    return LAMNA_OK;
}
