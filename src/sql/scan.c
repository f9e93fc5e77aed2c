#include "sql/scan.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sql/error.h"

enum {
    QUEUE_BYTES = 16 << 20, /* what waits for DuckDB, about */
    QUEUE_LEAST = 8,        /* blocks, however wide they are */
    WORTH_WAKING = 8,       /* blocks, for which a thread of DuckDB that found none is woken */
    PATIENCE_MS = 50,       /* after which a waiting thread looks whether it was interrupted */
    READERS_MOST = 16
};

/* The library calls back with handles that only its own functions can open: so this one thing, set once before
 * anything is registered, cannot be passed. */
static const struct duck *library;

const char scan_nothing_read[] = "none of the captures could be read";

/*
 * Who reads files takes the next one that nobody has. What comes of a file whose turn it is goes on at once; what comes
 * of one behind it is kept with that file until all before it are done.
 *
 *     file      0      1        2         3       4
 *               done   turn     done      being   taken by nobody
 *     blocks           goes on  b -> b    b ->    -
 */
struct reader {
    struct queue *queue;
    struct scan scan; /* a copy, with what the table made for this reader */
    pthread_t thread;
    lamna_source *source; /* that is read now; or NULL */
};

struct kept {
    struct block *first, **last;
    bool done;
};

struct queue {
    struct scan *scan;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct block *first, **last;
    struct block *spare;
    unsigned count, most;
    struct reader readers[READERS_MOST];
    unsigned reader_count, finished;       /* of those, how many have no more to do */
    struct kept *kept;                     /* owned; by file */
    unsigned kept_count;                   /* blocks in all of them */
    size_t taken, turn;                    /* files */
    uint64_t rows;                         /* given so far */
    bool started, begun, ended, stop, any; /* any file that could be opened? */
    lamna_status status;                   /* of the scan, once it ended */
    lamna_error error;
};

/* ---- The queue ------------------------------------------------------------------------------- */

static unsigned blocks_most(const struct scan *scan)
{
    size_t row = 1;
    for (uint32_t i = 0; i < scan->column_count; i++)
        row += scan->columns[i]->kind == DUCK_VARCHAR ? 32 : 8;
    size_t most = QUEUE_BYTES / (row * BLOCK_ROWS);
    return most < QUEUE_LEAST ? QUEUE_LEAST : most > 1024 ? 1024 : (unsigned)most;
}

static struct queue *queue_new(struct scan *scan)
{
    struct queue *q = calloc(1, sizeof *q);
    if (q == NULL)
        return NULL;
    q->scan = scan;
    q->last = &q->first;
    q->most = blocks_most(scan);
    (void)pthread_mutex_init(&q->lock, NULL);
    (void)pthread_cond_init(&q->changed, NULL);
    return q;
}

static void free_made(struct reader *r)
{
    const struct table *table = r->scan.binding->table;
    if (table->free != NULL)
        table->free(&r->scan);
}

static void queue_free(struct queue *q)
{
    if (q == NULL)
        return;
    (void)pthread_mutex_lock(&q->lock);
    q->stop = true;
    for (unsigned i = 0; i < q->reader_count; i++) {
        if (q->readers[i].source != NULL)
            lamna_source_stop(q->readers[i].source);
    }
    (void)pthread_cond_broadcast(&q->changed);
    (void)pthread_mutex_unlock(&q->lock);
    for (unsigned i = 0; i < q->reader_count; i++) {
        (void)pthread_join(q->readers[i].thread, NULL);
        free_made(&q->readers[i]);
    }
    for (size_t i = 0; q->kept != NULL && i < q->scan->files.count; i++)
        block_free_all(q->kept[i].first);
    free(q->kept);
    block_free_all(q->first);
    block_free_all(q->spare);
    (void)pthread_mutex_destroy(&q->lock);
    (void)pthread_cond_destroy(&q->changed);
    free(q);
}

struct block *scan_block(struct scan *scan)
{
    struct queue *q = scan->queue;
    (void)pthread_mutex_lock(&q->lock);
    struct block *b = q->spare;
    if (b != NULL)
        q->spare = b->next;
    (void)pthread_mutex_unlock(&q->lock);
    if (b != NULL) {
        block_clear(b);
        b->next = NULL;
        return b;
    }
    struct block_shape *shapes = calloc(scan->column_count + 1u, sizeof *shapes);
    for (uint32_t i = 0; shapes != NULL && i < scan->column_count; i++)
        shapes[i] = (struct block_shape){scan->columns[i]->kind, scan->columns[i]->list};
    b = shapes != NULL ? block_new(shapes, scan->column_count) : NULL;
    free(shapes);
    return b;
}

void scan_drop(struct scan *scan, struct block *block)
{
    struct queue *q = scan->queue;
    (void)pthread_mutex_lock(&q->lock);
    block->next = q->spare;
    q->spare = block;
    (void)pthread_mutex_unlock(&q->lock);
}

/* Behind the last block that goes on. */
static void queue_add(struct queue *q, struct block *block)
{
    block->next = NULL;
    *q->last = block;
    q->last = &block->next;
    q->count++;
    if (q->count == (q->begun ? WORTH_WAKING : 1))
        (void)pthread_cond_broadcast(&q->changed);
}

static void keep(struct queue *q, struct kept *kept, struct block *block)
{
    block->next = NULL;
    if (kept->first == NULL)
        kept->last = &kept->first;
    *kept->last = block;
    kept->last = &block->next;
    q->kept_count++;
}

bool scan_give(struct scan *scan, struct block *block)
{
    struct queue *q = scan->queue;
    (void)pthread_mutex_lock(&q->lock);
    while ((scan->number == q->turn ? q->count : q->kept_count) >= q->most && !q->stop)
        (void)pthread_cond_wait(&q->changed, &q->lock);
    if (scan->number == q->turn)
        queue_add(q, block);
    else
        keep(q, &q->kept[scan->number], block);
    q->rows += block->rows;
    size_t done = q->turn;
    uint64_t rows = q->rows;
    bool more = !q->stop;
    (void)pthread_mutex_unlock(&q->lock);
    session_progress(scan->binding->session, done, scan->files.count, rows);
    return more;
}

/* What is said of files comes in their order too. */
static void wait_for_turn(struct queue *q, size_t number)
{
    (void)pthread_mutex_lock(&q->lock);
    while (q->turn != number && !q->stop)
        (void)pthread_cond_wait(&q->changed, &q->lock);
    (void)pthread_mutex_unlock(&q->lock);
}

/* The file is done: what was kept of those behind it goes on, as far as it is their turn now. */
static void end_file(struct queue *q, size_t number)
{
    (void)pthread_mutex_lock(&q->lock);
    q->kept[number].done = true;
    while (q->turn < q->scan->files.count && q->kept[q->turn].done) {
        q->turn++;
        struct kept *next = q->turn < q->scan->files.count ? &q->kept[q->turn] : NULL;
        while (next != NULL && next->first != NULL) {
            struct block *block = next->first;
            next->first = block->next;
            q->kept_count--;
            queue_add(q, block);
        }
    }
    (void)pthread_cond_broadcast(&q->changed);
    (void)pthread_mutex_unlock(&q->lock);
}

/* False if the time is over. */
static bool wait_a_little(struct queue *q)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += PATIENCE_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    return pthread_cond_timedwait(&q->changed, &q->lock, &until) == 0;
}

/* The next block, or NULL at the end. */
static struct block *queue_take(struct queue *q, const atomic_bool *interrupted)
{
    (void)pthread_mutex_lock(&q->lock);
    unsigned wanted = 1;
    bool patient = true;
    while ((q->count == 0 || (q->count < wanted && patient)) && !q->ended &&
           !atomic_load(interrupted)) {
        wanted = q->begun ? WORTH_WAKING : 1; /* the first rows are not waited for */
        patient = wait_a_little(q);
    }
    struct block *b = q->first;
    if (b != NULL) {
        q->first = b->next;
        if (q->first == NULL)
            q->last = &q->first;
        q->count--;
        q->begun = true;
        if (q->count == q->most / 2)
            (void)pthread_cond_broadcast(&q->changed);
    }
    (void)pthread_mutex_unlock(&q->lock);
    return b;
}

/* ---- Reading the files ----------------------------------------------------------------------- */

static const struct files *files_of(const struct binding *b)
{
    return b->files.count > 0 ? &b->files : &b->session->files;
}

/* What comes from a pipe is gone once it was read. */
static lamna_source *open_file(struct sql_session *s, const char *path, lamna_error *err)
{
    if (strcmp(path, "-") == 0) {
        (void)pthread_mutex_lock(&s->lock);
        bool again = s->stdin_read;
        s->stdin_read = true;
        (void)pthread_mutex_unlock(&s->lock);
        if (again) {
            (void)sql_error(err, LAMNA_ERR_IO, "standard input can be read once only");
            (void)sql_hint(err, "write it to a file first");
            return NULL;
        }
    }
    return lamna_source_open(path, NULL, err);
}

/* Makes the source the one to be stopped; false if the scan is over. */
static bool set_source(struct reader *r, lamna_source *source)
{
    struct queue *q = r->queue;
    (void)pthread_mutex_lock(&q->lock);
    r->source = source;
    q->any |= source != NULL;
    bool more = !q->stop;
    (void)pthread_mutex_unlock(&q->lock);
    return more;
}

static void say_problem(struct reader *r, const lamna_error *err)
{
    wait_for_turn(r->queue, r->scan.number);
    session_problem(r->scan.binding->session, r->scan.path, err);
}

static void read_file(struct reader *r, lamna_error *err)
{
    struct scan *scan = &r->scan;
    lamna_source *source = open_file(scan->binding->session, scan->path, err);
    if (source == NULL) {
        say_problem(r, err);
        return;
    }
    if (set_source(r, source)) {
        lamna_status status = scan->binding->table->read(scan, source, err);
        if (status != LAMNA_OK && status != LAMNA_END && status != LAMNA_STOPPED)
            say_problem(r, err);
    }
    (void)set_source(r, NULL);
    lamna_source_close(source);
}

/* Takes the next file; false if there is none. */
static bool take_file(struct reader *r)
{
    struct queue *q = r->queue;
    (void)pthread_mutex_lock(&q->lock);
    bool more = !q->stop && q->taken < q->scan->files.count;
    if (more) {
        r->scan.number = q->taken++;
        r->scan.path = q->scan->files.paths[r->scan.number];
    }
    (void)pthread_mutex_unlock(&q->lock);
    return more;
}

static void *reader_main(void *context)
{
    struct reader *r = context;
    struct queue *q = r->queue;
    lamna_error err = {0};
    while (take_file(r)) {
        read_file(r, &err);
        end_file(q, r->scan.number);
    }
    (void)pthread_mutex_lock(&q->lock);
    q->ended = ++q->finished == q->reader_count;
    if (q->ended && !q->any && !q->stop)
        q->status = sql_error(&q->error, LAMNA_ERR_IO, "%s", scan_nothing_read);
    (void)pthread_cond_broadcast(&q->changed);
    (void)pthread_mutex_unlock(&q->lock);
    return NULL;
}

/* False if one more cannot be had. */
static bool start_reader(struct queue *q)
{
    struct reader *r = &q->readers[q->reader_count];
    lamna_error none;
    r->queue = q;
    r->scan = *q->scan;
    r->scan.made = NULL;
    bool ok = q->scan->binding->table->make(&r->scan, &none) == LAMNA_OK;
    ok = ok && pthread_create(&r->thread, NULL, reader_main, r) == 0;
    if (ok)
        q->reader_count++;
    else
        free_made(r);
    return ok;
}

/* As many as there are cores, or files. */
static unsigned readers_wanted(const struct scan *scan)
{
    unsigned threads = scan->binding->session->options->threads;
    long cores = threads != 0 ? (long)threads : sysconf(_SC_NPROCESSORS_ONLN);
    long wanted = cores < READERS_MOST ? cores : READERS_MOST;
    wanted = (size_t)wanted < scan->files.count ? wanted : (long)scan->files.count;
    return wanted < 1 ? 1 : (unsigned)wanted;
}

static bool start(struct queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    bool ok = q->started;
    if (!ok)
        q->kept = calloc(q->scan->files.count + 1, sizeof *q->kept);
    for (unsigned i = readers_wanted(q->scan); !ok && q->kept != NULL && i > 0 && start_reader(q);)
        i--;
    ok = q->started = q->reader_count > 0;
    (void)pthread_mutex_unlock(&q->lock);
    return ok;
}

lamna_query *scan_query(const struct scan *scan, lamna_error *err)
{
    const struct sql_options *o = scan->binding->session->options;
    const char *filter = scan->binding->filter != NULL ? scan->binding->filter : o->filter;
    lamna_query *query = lamna_query_new(o->reg, err);
    lamna_status status = query != NULL ? LAMNA_OK : err->status;
    for (size_t i = 0; i < o->keylog_count && status == LAMNA_OK; i++)
        status = lamna_query_keylog(query, o->keylogs[i], NULL, err);
    if (status == LAMNA_OK && filter != NULL)
        status = lamna_query_filter(query, filter, err);
    if (status == LAMNA_OK)
        return query;
    lamna_query_free(query);
    return NULL;
}

/* ---- What DuckDB calls: binding --------------------------------------------------------------- */

static void binding_free(void *data)
{
    struct binding *b = data;
    if (atomic_fetch_sub(&b->users, 1) > 1)
        return;
    files_free(&b->files);
    free(b->columns);
    free(b->filter);
    free(b);
}

static uint64_t list_size(const struct duck *d, duck_value list)
{
    return list == NULL || d->is_null_value(list) ? 0 : d->get_list_size(list);
}

/* Number `i` of a list of texts; to be freed with d->free(). NULL is as an empty one. */
static char *list_text(const struct duck *d, duck_value list, uint64_t i)
{
    duck_value none = d->create_varchar("");
    duck_value value = d->get_list_child(list, i);
    char *text = d->get_varchar(d->is_null_value(value) ? none : value);
    d->destroy_value(&none);
    d->destroy_value(&value);
    return text;
}

static lamna_status bind_files(struct binding *b, duck_value list, lamna_error *err)
{
    const struct sql_session *s = b->session;
    const struct duck *d = &s->duck;
    lamna_status status = LAMNA_OK;
    for (uint64_t i = 0; i < list_size(d, list) && status == LAMNA_OK; i++) {
        char *path = list_text(d, list, i);
        if (s->options->allow_files || files_have(&s->files, path)) {
            status = files_add(&b->files, path, err);
        } else {
            status = sql_error(err, LAMNA_ERR_PERMISSION,
                               "%s is none of the captures that were given", path);
            (void)sql_hint(err, "name it before the query, or give --allow-files");
        }
        d->free(path);
    }
    return status;
}

static lamna_status bind_columns(struct binding *b, duck_value fields, lamna_error *err)
{
    const struct duck *d = &b->session->duck;
    uint64_t asked = list_size(d, fields);
    lamna_status status = b->table->columns(b, asked, err);
    if (status != LAMNA_OK)
        return status;
    for (uint64_t i = 0; i < asked; i++) {
        char *name = list_text(d, fields, i);
        bool known = column_of_field(b->session->options->reg, name, strlen(name),
                                     &b->columns[b->column_count]);
        if (!known)
            (void)sql_error(err, LAMNA_ERR_FILTER, "there is no field named \"%s\"", name);
        d->free(name);
        if (!known)
            return err->status;
        b->column_count++;
    }
    return LAMNA_OK;
}

/* The filter is compiled once to see whether it can be. */
static lamna_status bind_filter(struct binding *b, duck_value value, lamna_error *err)
{
    const struct duck *d = &b->session->duck;
    char *text = value != NULL && !d->is_null_value(value) ? d->get_varchar(value) : NULL;
    if (text == NULL || text[0] == '\0') {
        d->free(text);
        return LAMNA_OK;
    }
    b->filter = strdup(text);
    lamna_filter *filter = lamna_filter_new(b->session->options->reg, text, err);
    d->free(text);
    if (filter == NULL)
        return err->status;
    lamna_filter_free(filter);
    return b->filter != NULL ? LAMNA_OK : sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
}

/* What was registered with the function. */
struct registered {
    struct sql_session *session;
    const struct table *table;
};

static void bind_error(const struct duck *d, duck_bind info, const lamna_error *err)
{
    char message[sizeof err->message + sizeof err->hint + 4];
    (void)snprintf(message, sizeof message, "%s%s%s", err->message,
                   err->hint[0] != '\0' ? "; " : "", err->hint);
    d->bind_set_error(info, message);
}

static void bind(duck_bind info)
{
    const struct duck *d = library;
    const struct registered *r = d->bind_get_extra_info(info);
    lamna_error err = {0};
    struct binding *b = calloc(1, sizeof *b);
    if (b == NULL) {
        d->bind_set_error(info, "out of memory");
        return;
    }
    atomic_init(&b->users, 1);
    b->session = r->session;
    b->table = r->table;
    duck_value files = d->bind_get_parameter(info, 0);
    duck_value filter = d->bind_get_named_parameter(info, "filter");
    duck_value fields = r->table->fields ? d->bind_get_named_parameter(info, "fields") : NULL;
    lamna_status status = bind_files(b, files, &err);
    if (status == LAMNA_OK)
        status = bind_filter(b, filter, &err);
    if (status == LAMNA_OK)
        status = bind_columns(b, fields, &err);
    for (size_t i = 0; i < b->column_count && status == LAMNA_OK; i++) {
        duck_type type = column_type(d, &b->columns[i]);
        d->bind_add_result_column(info, b->columns[i].name, type);
        d->destroy_logical_type(&type);
    }
    d->destroy_value(&files);
    d->destroy_value(&filter);
    d->destroy_value(&fields);
    d->bind_set_bind_data(info, b, binding_free);
    if (status != LAMNA_OK)
        bind_error(d, info, &err);
}

/* ---- What DuckDB calls: scanning -------------------------------------------------------------- */

static void scan_free(void *data)
{
    struct scan *scan = data;
    queue_free(scan->queue);
    if (scan->binding->table->free != NULL)
        scan->binding->table->free(scan);
    files_free(&scan->files);
    free(scan->columns);
    binding_free(scan->binding);
    free(scan);
}

/* A query that only counts rows wants a column that there is not: the file's name stands for it. */
static const struct column *wanted_column(const struct binding *b, uint64_t number)
{
    return &b->columns[number < b->column_count ? number : 0];
}

static struct scan *scan_new(struct binding *b, duck_init info)
{
    struct scan *scan = calloc(1, sizeof *scan);
    if (scan == NULL)
        return NULL;
    scan->binding = b;
    atomic_fetch_add(&b->users, 1);
    uint64_t count = library->init_get_column_count(info);
    scan->columns = calloc(count + 1, sizeof(const struct column *));
    for (uint64_t i = 0; scan->columns != NULL && i < count; i++)
        scan->columns[scan->column_count++] =
            wanted_column(b, library->init_get_column_index(info, i));
    scan->queue = queue_new(scan);
    bool able = scan->columns != NULL && scan->queue != NULL;
    for (size_t i = 0; i < files_of(b)->count && able; i++)
        able = files_take(&scan->files, files_of(b)->paths[i]);
    if (able)
        return scan;
    scan_free(scan);
    return NULL;
}

static void init(duck_init info)
{
    const struct duck *d = library;
    struct binding *b = d->init_get_bind_data(info);
    lamna_error err = {.message = "out of memory"};
    struct scan *scan = scan_new(b, info);
    if (scan == NULL) {
        d->init_set_error(info, err.message);
        return;
    }
    d->init_set_init_data(info, scan, scan_free);
    d->init_set_max_threads(info, LAMNA_THREADS_MOST);
    if (b->table->make(scan, &err) != LAMNA_OK)
        d->init_set_error(info, err.message);
}

static void fill(duck_function info, duck_chunk output)
{
    const struct duck *d = library;
    struct scan *scan = d->function_get_init_data(info);
    struct queue *q = scan->queue;
    d->data_chunk_set_size(output, 0);
    if (!start(q)) {
        d->function_set_error(info, "there is no thread to read the captures with");
        return;
    }
    struct block *b = queue_take(q, &scan->binding->session->interrupted);
    if (b == NULL) {
        if (q->status != LAMNA_OK)
            d->function_set_error(info, q->error.message);
        return;
    }
    if (b->failed)
        d->function_set_error(info, "out of memory");
    for (uint32_t i = 0; i < b->column_count && !b->failed; i++)
        block_give(d, b, i, d->data_chunk_get_vector(output, i));
    d->data_chunk_set_size(output, b->failed ? 0 : b->rows);
    scan_drop(scan, b);
}

static void add_parameters(const struct duck *d, duck_table_function function,
                           const struct table *table)
{
    duck_type text = d->create_logical_type(DUCK_VARCHAR);
    duck_type texts = d->create_list_type(text);
    d->table_function_add_parameter(function, texts);
    d->table_function_add_named_parameter(function, "filter", text);
    if (table->fields)
        d->table_function_add_named_parameter(function, "fields", texts);
    d->destroy_logical_type(&texts);
    d->destroy_logical_type(&text);
}

lamna_status scan_register(struct sql_session *s, const struct table *table, lamna_error *err)
{
    const struct duck *d = library = &s->duck;
    struct registered *r = malloc(sizeof *r);
    if (r == NULL)
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    *r = (struct registered){s, table};
    duck_table_function function = d->create_table_function();
    d->table_function_set_name(function, table->function);
    add_parameters(d, function, table);
    d->table_function_set_extra_info(function, r, free);
    d->table_function_set_bind(function, bind);
    d->table_function_set_init(function, init);
    d->table_function_set_function(function, fill);
    d->table_function_supports_projection_pushdown(function, true);
    int status = d->register_table_function(s->connection, function);
    d->destroy_table_function(&function);
    return status == DUCK_OK ? LAMNA_OK
                             : sql_error(err, LAMNA_ERR_UNSUPPORTED, "DuckDB does not take %s()",
                                         table->function);
}
