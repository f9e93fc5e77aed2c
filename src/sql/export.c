/*
 * Export: the tables of captures as files that other programs read. Each capture gives one file of each table:
 *
 *     DIR/manifest.ndjson                     what is complete
 *     DIR/packets/NAME-1f2e3d4c.parquet       the number tells captures of one name apart
 *     DIR/.partial/                           what is being written; renamed when it is whole
 *
 * So whatever moment an export ends at, the next one takes up what is missing, and what is complete is left alone.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sql/error.h"
#include "sql/manifest.h"
#include "sql/partition.h"
#include "sql/session.h"
#include "sql/tables.h"

enum { NAME_MOST = 80 };

struct export
{
    struct sql_session *session;
    const struct export_options *options;
    char folder[PATH_MAX]; /* without links, absolute */
    struct manifest manifest;
    struct files all; /* the captures */
    lamna_text *text;
    struct partition partition;
    size_t written, skipped;
};

/* One table of one capture. */
struct part {
    const char *table;
    const char *path;           /* of the capture */
    char source[PATH_MAX];      /* the same, absolute and without links */
    char name[NAME_MOST + 32];  /* of its file, or files */
    char file[PATH_MAX];        /* below the folder; with keys, a pattern of such */
    char partial[2 * PATH_MAX]; /* absolute */
    char *line;                 /* owned: its line of the manifest, up to the number of rows */
};

static const char *const extensions[] = {
    [EXPORT_PARQUET] = "parquet", [EXPORT_CSV] = "csv", [EXPORT_NDJSON] = "ndjson"};

/* ---- Folders ---------------------------------------------------------------------------------- */

static lamna_status make_folder(const char *path, lamna_error *err)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return sql_error(err, LAMNA_ERR_IO, "cannot make the folder %s: %s", path, strerror(errno));
    return LAMNA_OK;
}

/* Whatever is there was left behind: the manifest's lock tells that nobody else is at work. */
static lamna_status empty_partial(const struct export *e, lamna_error *err)
{
    char path[PATH_MAX + 16], file[2 * PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/.partial", e->folder);
    lamna_status status = make_folder(path, err);
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        (void)snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            partition_remove(file);
    }
    if (folder != NULL)
        (void)closedir(folder);
    return status;
}

static lamna_status open_folder(struct export *e, lamna_error *err)
{
    char path[PATH_MAX + 64];
    lamna_status status = make_folder(e->options->folder, err);
    if (status == LAMNA_OK && realpath(e->options->folder, e->folder) == NULL)
        status =
            sql_error(err, LAMNA_ERR_IO, "cannot open %s: %s", e->options->folder, strerror(errno));
    if (status == LAMNA_OK)
        status = manifest_open(&e->manifest, e->folder, err);
    if (status == LAMNA_OK)
        status = empty_partial(e, err);
    for (size_t i = 0; i < e->options->table_count && status == LAMNA_OK; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", e->folder, e->options->tables[i]);
        status = make_folder(path, err);
    }
    return status;
}

static void close_folder(struct export *e)
{
    char path[PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%s/.partial", e->folder);
    (void)rmdir(path);
    manifest_close(&e->manifest);
}

/* ---- Parts ------------------------------------------------------------------------------------ */

/* FNV-1a, of 32 bits. */
static uint32_t hash(const char *text)
{
    uint32_t h = 2166136261u;
    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h;
}

/* The capture's own name, as far as every system has such letters. */
static void safe_name(char *name, const char *source)
{
    const char *slash = strrchr(source, '/'), *from = slash != NULL ? slash + 1 : source;
    size_t n = 0;
    for (; *from != '\0' && n < NAME_MOST; from++, n++) {
        bool plain = (*from >= 'a' && *from <= 'z') || (*from >= 'A' && *from <= 'Z') ||
                     (*from >= '0' && *from <= '9') || *from == '-' || *from == '_' ||
                     (*from == '.' && n > 0);
        name[n] = plain ? *from : '_';
    }
    name[n] = '\0';
}

static void add(lamna_text *text, const char *more)
{
    lamna_text_add(text, more, strlen(more));
}

static void add_key(lamna_text *text, const char *key, const char *value)
{
    add(text, key);
    lamna_text_add_json(text, value, strlen(value));
}

/* What the part is made of; another filter or another version makes another part. */
static char *part_line(struct export *e, const struct part *p, const struct stat *about)
{
    size_t length;
    lamna_text *text = e->text;
    const char *filter = e->session->options->filter;
    lamna_text_clear(text);
    add_key(text, "{\"table\":", p->table);
    add_key(text, ",\"source\":", p->source);
    add(text, ",\"size\":");
    lamna_text_add_number(text, (uint64_t)about->st_size);
    add(text, ",\"modified\":");
    lamna_text_add_number(text, (uint64_t)about->st_mtim.tv_sec * 1000000000u +
                                    (uint64_t)about->st_mtim.tv_nsec);
    add_key(text, ",\"lamna\":", LAMNA_VERSION);
    if (filter != NULL)
        add_key(text, ",\"filter\":", filter);
    if (strcmp(p->table, "packets") == 0 && e->options->fields != NULL)
        add_key(text, ",\"fields\":", e->options->fields);
    if (e->options->partition != NULL)
        add_key(text, ",\"partition\":", e->options->partition);
    add_key(text, ",\"file\":", p->file);
    add(text, ",\"rows\":");
    const char *line = lamna_text_data(text, &length);
    return line != NULL ? strdup(line) : NULL;
}

static lamna_status part_init(struct export *e, struct part *p, const char *path, const char *table,
                              lamna_error *err)
{
    struct stat about;
    char name[NAME_MOST + 1];
    *p = (struct part){.table = table, .path = path};
    if (stat(path, &about) != 0 || realpath(path, p->source) == NULL)
        return sql_error(err, LAMNA_ERR_IO, "cannot open %s: %s", path, strerror(errno));
    const char *extension = extensions[e->options->format];
    uint32_t number = hash(p->source);
    safe_name(name, p->source);
    (void)snprintf(p->name, sizeof p->name, "%s-%08x.%s", name, number, extension);
    (void)snprintf(p->partial, sizeof p->partial, "%s/.partial/%s-%s", e->folder, table, p->name);
    size_t length = (size_t)snprintf(p->file, sizeof p->file, "%s/", table);
    for (size_t i = 0; i < e->partition.count && length + 2 < sizeof p->file; i++)
        length += (size_t)snprintf(p->file + length, sizeof p->file - length, "*/");
    (void)snprintf(p->file + length, sizeof p->file - length, "%s", p->name);
    p->line = part_line(e, p, &about);
    return p->line != NULL ? LAMNA_OK : sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
}

static bool is_complete(const struct export *e, const struct part *p)
{
    char path[2 * PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", e->folder, p->file);
    return manifest_has(&e->manifest, p->line) &&
           (e->partition.count > 0 || access(path, F_OK) == 0);
}

/* What is on the disk when its name is there is there whole. */
static bool sync_file(const char *path)
{
    FILE *file = fopen(path, "r+");
    bool ok = file != NULL && fsync(fileno(file)) == 0;
    if (file != NULL)
        (void)fclose(file);
    return ok;
}

/* What an earlier export made of the part, with other keys or none, goes first: nothing is there twice. */
static lamna_status move_files(const struct export *e, const struct part *p, lamna_error *err)
{
    char folder[PATH_MAX + 64], path[2 * PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%s/%s", e->folder, p->table);
    (void)snprintf(path, sizeof path, "%s/%s", folder, p->name);
    partition_remove_named(folder, p->name);
    if (e->partition.count > 0) {
        (void)unlink(path);
        return access(p->partial, F_OK) == 0 ? partition_move(p->partial, folder, p->name, err)
                                             : LAMNA_OK; /* there are no rows */
    }
    if (!sync_file(p->partial) || rename(p->partial, path) != 0)
        return sql_error(err, LAMNA_ERR_IO, "cannot write %s: %s", path, strerror(errno));
    return LAMNA_OK;
}

static lamna_status put_in_place(struct export *e, const struct part *p, uint64_t rows,
                                 lamna_error *err)
{
    size_t length;
    lamna_status status = move_files(e, p, err);
    if (status != LAMNA_OK)
        return status;
    lamna_text_clear(e->text);
    add(e->text, p->line);
    lamna_text_add_number(e->text, rows);
    add(e->text, "}");
    const char *line = lamna_text_data(e->text, &length);
    if (line == NULL)
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    return manifest_add(&e->manifest, line, err);
}

/* Does a list with commas name it? */
static bool list_has(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = list; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, ",");
        if (length == n && memcmp(at, name, n) == 0)
            return true;
        at += length + (at[length] == ',');
    }
    return false;
}

/* What is said of a packet for people costs more than all the rest: who wants it asks for it. */
static const char *columns_of(const struct export *e, const char *table)
{
    if (strcmp(table, "packets") != 0)
        return "*";
    bool protocol = list_has(e->options->fields, "protocol"),
         info = list_has(e->options->fields, "info");
    if (protocol && info)
        return "*";
    return protocol ? "* EXCLUDE (info)"
           : info   ? "* EXCLUDE (protocol)"
                    : "* EXCLUDE (protocol, info)";
}

/* COPY (...) TO '...'; NULL, with an error, if that cannot be. */
static const char *statement(struct export *e, const struct part *p, lamna_error *err)
{
    static const char *const formats[] = {[EXPORT_PARQUET] = "' (FORMAT parquet, COMPRESSION zstd",
                                          [EXPORT_CSV] = "' (FORMAT csv, HEADER",
                                          [EXPORT_NDJSON] = "' (FORMAT json"};
    size_t length;
    lamna_text_clear(e->text);
    add(e->text, "COPY (SELECT ");
    add(e->text, columns_of(e, p->table));
    if (partition_columns(&e->partition, e->session, p->table, e->text, err) != LAMNA_OK)
        return NULL;
    add(e->text, " FROM ");
    add(e->text, p->table);
    add(e->text, ") TO '");
    for (const char *at = p->partial; *at != '\0'; at++)
        lamna_text_add(e->text, *at == '\'' ? "''" : at, *at == '\'' ? 2 : 1);
    add(e->text, formats[e->options->format]);
    partition_clause(&e->partition, e->text);
    add(e->text, ")");
    const char *text = lamna_text_data(e->text, &length);
    if (text == NULL)
        (void)sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    return text;
}

/* The rows that a COPY says it wrote. */
static uint64_t rows_copied(const struct duck *d, duck_result *result)
{
    duck_chunk chunk = d->fetch_chunk(*result);
    if (chunk == NULL)
        return 0;
    const int64_t *count = d->vector_get_data(d->data_chunk_get_vector(chunk, 0));
    uint64_t rows = d->data_chunk_get_size(chunk) > 0 ? (uint64_t)*count : 0;
    d->destroy_data_chunk(&chunk);
    return rows;
}

/* Flows need no pass of their own where the capture's packets are there as Parquet. */
static lamna_status choose_source(struct export *e, const struct part *p, lamna_error *err)
{
    struct part packets;
    char path[2 * PATH_MAX];
    if (strcmp(p->table, "flows") != 0 || e->options->format != EXPORT_PARQUET)
        return LAMNA_OK;
    lamna_status status = part_init(e, &packets, p->path, "packets", err);
    (void)snprintf(path, sizeof path, "%s/%s", e->folder, packets.file);
    bool there = status == LAMNA_OK && e->partition.count == 0 && is_complete(e, &packets) &&
                 strpbrk(path, "*?[{") == NULL;
    free(packets.line);
    return status == LAMNA_OK ? tables_flows_from(e->session, there ? path : NULL, err) : status;
}

/* The session's only capture is the part's meanwhile. */
static lamna_status write_part(struct export *e, struct part *p, lamna_error *err)
{
    struct sql_session *s = e->session;
    const struct duck *d = &s->duck;
    duck_result result = {0};
    char *path = strdup(p->path);
    lamna_status status =
        path != NULL ? LAMNA_OK : sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    s->files = (struct files){.paths = &path, .count = 1};
    if (status == LAMNA_OK)
        status = choose_source(e, p, err);
    const char *copy = status == LAMNA_OK ? statement(e, p, err) : NULL;
    if (status == LAMNA_OK && copy == NULL)
        status = err->status;
    if (status == LAMNA_OK && d->query(s->connection, copy, &result) != DUCK_OK) {
        const char *why = d->result_error(&result);
        status = sql_error(err, LAMNA_ERR_IO, "%s: %s", p->path, why);
        if (strstr(why, scan_nothing_read) != NULL) /* it was said what is wrong with the capture */
            status = LAMNA_END;
    }
    if (status == LAMNA_OK)
        status = put_in_place(e, p, rows_copied(d, &result), err);
    d->destroy_result(&result);
    s->files = (struct files){0};
    free(path);
    if (status != LAMNA_OK)
        partition_remove(p->partial);
    return atomic_load(&s->interrupted) ? LAMNA_STOPPED : status;
}

/* LAMNA_END: the capture cannot be read, and the others are. */
static lamna_status export_part(struct export *e, const char *path, const char *table,
                                lamna_error *err)
{
    struct part p;
    lamna_status status = part_init(e, &p, path, table, err);
    if (status == LAMNA_ERR_IO) {
        session_problem(e->session, path, err);
        return LAMNA_END;
    }
    if (status == LAMNA_OK && is_complete(e, &p))
        e->skipped++;
    else if (status == LAMNA_OK && (status = write_part(e, &p, err)) == LAMNA_OK)
        e->written++;
    free(p.line);
    return status;
}

/* ---- All of it -------------------------------------------------------------------------------- */

static void show_progress(const struct export *e, size_t done)
{
    if (!isatty(STDERR_FILENO))
        return;
    if (done < e->all.count)
        (void)fprintf(stderr, "\r\033[K%zu of %zu: %s", done + 1, e->all.count, e->all.paths[done]);
    else
        (void)fprintf(stderr, "\r\033[K");
}

static lamna_status export_all(struct export *e, lamna_error *err)
{
    lamna_status status = LAMNA_OK;
    for (size_t i = 0; i < e->all.count && status == LAMNA_OK; i++) {
        show_progress(e, i);
        for (size_t t = 0; t < e->options->table_count && status == LAMNA_OK; t++)
            status = export_part(e, e->all.paths[i], e->options->tables[t], err);
        if (status == LAMNA_END)
            status = LAMNA_OK;
    }
    show_progress(e, e->all.count);
    return status;
}

static bool table_exists(struct sql_session *s, const char *name)
{
    char query[256];
    duck_result result = {0};
    int n =
        snprintf(query, sizeof query, "SELECT 1 FROM duckdb_views() WHERE view_name = '%s'", name);
    bool plain = n > 0 && (size_t)n < sizeof query && strchr(name, '\'') == NULL && name[0] != '\0';
    bool ok = plain && s->duck.query(s->connection, query, &result) == DUCK_OK;
    duck_chunk row = ok ? s->duck.fetch_chunk(result) : NULL;
    ok = row != NULL && s->duck.data_chunk_get_size(row) > 0;
    if (row != NULL)
        s->duck.destroy_data_chunk(&row);
    s->duck.destroy_result(&result);
    return ok;
}

/* Which tables and fields are asked for, in words. */
static lamna_status check(struct export *e, lamna_error *err)
{
    struct sql_session *s = e->session;
    for (size_t i = 0; i < e->options->table_count; i++) {
        if (strncmp(e->options->tables[i], "duckdb_", 7) == 0 ||
            !table_exists(s, e->options->tables[i])) {
            (void)sql_error(err, LAMNA_ERR_ARGUMENT, "there is no table \"%s\"",
                            e->options->tables[i]);
            return sql_hint(err, "there are: packets, flows, tcp, http, http_connections, dns, "
                                 "tls, findings, frames_raw");
        }
    }
    duck_result result = {
        0}; /* packets have numbers; to keep their order costs as much as to write them */
    (void)s->duck.query(s->connection, "SET preserve_insertion_order = false", &result);
    s->duck.destroy_result(&result);
    if (e->options->fields == NULL)
        return LAMNA_OK;
    if (!words_add_list(&s->words, s->options->reg, e->options->fields)) {
        (void)sql_error(err, LAMNA_ERR_ARGUMENT, "there is a field in \"%s\" that is not known",
                        e->options->fields);
        return sql_hint(err, "lamna fields --list tells those there are");
    }
    return tables_define(s, err);
}

lamna_status sql_export(struct sql_session *s, const struct export_options *options,
                        struct export_counts *counts, lamna_error *err)
{
    struct export e = {.session = s,
                       .options = options,
                       .manifest = {.file = -1},
                       .all = s->files,
                       .text = lamna_text_new()};
    *counts = (struct export_counts){0};
    s->files = (struct files){0};
    lamna_status status =
        e.text != NULL ? check(&e, err) : sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    if (status == LAMNA_OK)
        status = partition_init(&e.partition, options->partition, err);
    if (status == LAMNA_OK)
        status = open_folder(&e, err);
    if (status == LAMNA_OK)
        status = export_all(&e, err);
    if (status == LAMNA_OK)
        status = manifest_tidy(&e.manifest, err);
    *counts = (struct export_counts){e.written, e.skipped};
    close_folder(&e);
    partition_free(&e.partition);
    lamna_text_free(e.text);
    s->files = e.all;
    return status;
}
