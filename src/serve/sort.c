#include "serve/sort.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "serve/files.h"

enum {
    PIECE = 24 << 20,   /* bytes of rows that are sorted in memory */
    WINDOW = 128 << 10, /* of a piece, while it is merged: longer than any row */
    ROWS_FIRST = 1 << 14,
    NUMBER_MOST = 48, /* characters */
};

/* A row, and what it is sorted by. */
struct key {
    const char *row, *text; /* borrowed: the row with its newline, its cell without quotes */
    size_t length, text_length;
    double number;
    uint64_t packet;
    enum { IS_NUMBER, IS_TEXT, IS_EMPTY } kind;
};

/* ---- Keys --------------------------------------------------------------------------------------- */

/* Behind the string that begins there. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++) {
        if (*at == '\\')
            at++;
    }
    return at < end ? at + 1 : end;
}

/* `[NUMBER,COLOUR,"cell","cell"...]` */
static void find_cell(struct key *key, unsigned column)
{
    const char *end = key->row + key->length;
    const char *at = memchr(key->row, '"', key->length);
    for (; at != NULL && column > 0; column--) {
        at = skip_string(at, end);
        at = at < end ? memchr(at, '"', (size_t)(end - at)) : NULL;
    }
    key->text = at != NULL ? at + 1 : end;
    key->text_length = at != NULL ? (size_t)(skip_string(at, end) - at) - 2 : 0;
}

/* "10.0.0.7" as one number: addresses of IPv4 are in the order of networks. */
static bool read_address(const char *text, double *number)
{
    unsigned long v[4];
    char *end = (char *)(uintptr_t)text;
    for (unsigned i = 0; i < 4; i++) {
        v[i] = strtoul(end, &end, 10);
        if (v[i] > 255 || *end != (i < 3 ? '.' : '\0'))
            return false;
        end += i < 3;
    }
    *number = (double)(v[0] << 24 | v[1] << 16 | v[2] << 8 | v[3]);
    return true;
}

/* Of several values, the first. */
static bool read_number(const struct key *key, double *number)
{
    char text[NUMBER_MOST + 1], *end;
    size_t n = 0;
    while (n < key->text_length && key->text[n] != ',')
        n++;
    if (n == 0 || n > NUMBER_MOST ||
        !((key->text[0] >= '0' && key->text[0] <= '9') || key->text[0] == '-'))
        return false;
    memcpy(text, key->text, n);
    text[n] = '\0';
    *number = strtod(text, &end);
    return (end != text && *end == '\0') || read_address(text, number);
}

static struct key key_of(const char *row, size_t length, unsigned column)
{
    struct key key = {.row = row, .length = length, .packet = strtoull(row + 1, NULL, 10)};
    find_cell(&key, column);
    if (key.text_length == 0)
        key.kind = IS_EMPTY;
    else
        key.kind = read_number(&key, &key.number) ? IS_NUMBER : IS_TEXT;
    return key;
}

static int compare_values(const struct key *a, const struct key *b)
{
    if (a->kind == IS_NUMBER)
        return (a->number > b->number) - (a->number < b->number);
    size_t n = a->text_length < b->text_length ? a->text_length : b->text_length;
    int differ = memcmp(a->text, b->text, n);
    return differ != 0 ? differ
                       : (a->text_length > b->text_length) - (a->text_length < b->text_length);
}

static int compare_keys(const struct key *a, const struct key *b, bool down)
{
    if (a->kind != b->kind)
        return a->kind > b->kind ? 1 : -1;
    int differ = compare_values(a, b);
    if (differ != 0)
        return down ? -differ : differ;
    return (a->packet > b->packet) - (a->packet < b->packet);
}

static int compare_up(const void *a, const void *b)
{
    return compare_keys(a, b, false);
}

static int compare_down(const void *a, const void *b)
{
    return compare_keys(a, b, true);
}

int sort_compare(const struct sort_order *order, const char *a, size_t a_length, const char *b,
                 size_t b_length)
{
    struct key x = key_of(a, a_length, order->column), y = key_of(b, b_length, order->column);
    return compare_keys(&x, &y, order->down);
}

/* ---- Pieces ------------------------------------------------------------------------------------- */

/* Where a sorted piece lies in the file of pieces, and how far it was merged. */
struct piece {
    uint64_t at, end;
    char *window; /* owned; WINDOW bytes of it */
    size_t begin, held;
    struct key first; /* the row at `begin` */
};

struct sort {
    struct sort_order order;
    const atomic_bool *stop;
    bool (*take)(void *context, const char *rows, size_t n);
    void *context;
    lamna_error *err;
    char *rows;       /* owned; PIECE bytes */
    struct key *keys; /* owned */
    size_t key_room;
    char *out; /* owned; WINDOW bytes that are to be taken or written */
    size_t out_used;
    int file;    /* of the pieces; -1: all fits into one */
    bool making; /* what goes out goes there */
    uint64_t written;
    struct piece *pieces; /* owned; those that are merged are a heap, the lowest row first */
    size_t piece_count;
};

static lamna_status out_of_memory(const struct sort *s)
{
    return fail(s->err, LAMNA_ERR_MEMORY, "out of memory");
}

/* As much of [at, at + n) as there is: *got. */
static lamna_status read_at(const struct sort *s, int file, char *bytes, size_t n, uint64_t at,
                            size_t *got)
{
    for (*got = 0; *got < n;) {
        ssize_t k = pread(file, bytes + *got, n - *got, (off_t)(at + *got));
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return fail(s->err, LAMNA_ERR_IO, "cannot read the list of packets: %s",
                        strerror(errno));
        if (k == 0)
            break;
        *got += (size_t)k;
    }
    return LAMNA_OK;
}

static lamna_status flush(struct sort *s)
{
    size_t n = s->out_used;
    s->out_used = 0;
    if (atomic_load(s->stop))
        return fail(s->err, LAMNA_STOPPED, "sorting was stopped");
    if (!s->making)
        return s->take(s->context, s->out, n) ? LAMNA_OK : LAMNA_STOPPED;
    if (!file_write(s->file, s->out, n, s->written))
        return fail(s->err, LAMNA_ERR_IO, "cannot sort the list of packets: %s", strerror(errno));
    s->written += n;
    return LAMNA_OK;
}

static lamna_status put_out(struct sort *s, const struct key *key)
{
    lamna_status status = LAMNA_OK;
    if (s->out_used + key->length > WINDOW)
        status = flush(s);
    if (status == LAMNA_OK) {
        memcpy(s->out + s->out_used, key->row, key->length);
        s->out_used += key->length;
    }
    return status;
}

static bool add_key(struct sort *s, size_t count, struct key key)
{
    if (count == s->key_room) {
        size_t room = s->key_room == 0 ? ROWS_FIRST : 2 * s->key_room;
        struct key *keys = realloc(s->keys, room * sizeof *keys);
        if (keys == NULL)
            return false;
        s->keys = keys;
        s->key_room = room;
    }
    s->keys[count] = key;
    return true;
}

/* The whole rows among n bytes of s->rows, sorted, go out; *used is how many bytes these are. */
static lamna_status sort_piece(struct sort *s, size_t n, size_t *used)
{
    size_t count = 0;
    lamna_status status = LAMNA_OK;
    const char *at = s->rows, *end = s->rows + n, *newline;
    while (at < end && (newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        if (!add_key(s, count++, key_of(at, (size_t)(newline + 1 - at), s->order.column)))
            return out_of_memory(s);
        at = newline + 1;
    }
    *used = (size_t)(at - s->rows);
    if (count > 0)
        qsort(s->keys, count, sizeof *s->keys, s->order.down ? compare_down : compare_up);
    for (size_t i = 0; i < count && status == LAMNA_OK; i++)
        status = put_out(s, &s->keys[i]);
    return status == LAMNA_OK ? flush(s) : status;
}

static bool note_piece(struct sort *s, uint64_t at)
{
    struct piece *pieces = realloc(s->pieces, (s->piece_count + 1) * sizeof *pieces);
    if (pieces == NULL)
        return false;
    s->pieces = pieces;
    s->pieces[s->piece_count++] = (struct piece){.at = at, .end = s->written};
    return true;
}

/* Reads the list from its beginning, and leaves its pieces behind. */
static lamna_status make_pieces(struct sort *s, int from, uint64_t bytes)
{
    lamna_status status = LAMNA_OK;
    for (uint64_t at = 0; at < bytes && status == LAMNA_OK;) {
        size_t got, used = 0, n = bytes - at < PIECE ? (size_t)(bytes - at) : PIECE;
        uint64_t begin = s->written;
        status = read_at(s, from, s->rows, n, at, &got);
        if (status == LAMNA_OK)
            status = sort_piece(s, got, &used);
        if (status == LAMNA_OK && used == 0)
            status = fail(s->err, LAMNA_ERR_IO, "cannot read the list of packets: it ends");
        if (status == LAMNA_OK && s->making && !note_piece(s, begin))
            status = out_of_memory(s);
        at += used;
    }
    return status;
}

/* ---- Merging ------------------------------------------------------------------------------------ */

/* The next row of a piece: LAMNA_END if there is none. */
static lamna_status piece_next(const struct sort *s, struct piece *p)
{
    char *newline = p->held > 0 ? memchr(p->window + p->begin, '\n', p->held) : NULL;
    if (newline == NULL && p->at < p->end) {
        size_t got, n = WINDOW - p->held;
        memmove(p->window, p->window + p->begin, p->held);
        p->begin = 0;
        n = p->end - p->at < n ? (size_t)(p->end - p->at) : n;
        lamna_status status = read_at(s, s->file, p->window + p->held, n, p->at, &got);
        if (status != LAMNA_OK)
            return status;
        p->at += got;
        p->held += got;
        newline = memchr(p->window, '\n', p->held);
    }
    if (newline == NULL)
        return LAMNA_END;
    const char *row = p->window + p->begin;
    size_t length = (size_t)(newline + 1 - row);
    p->first = key_of(row, length, s->order.column);
    p->begin += length;
    p->held -= length;
    return LAMNA_OK;
}

/* The piece at `i` goes down until none below it comes before it. */
static void sink(struct sort *s, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < s->piece_count; child++) {
            if (compare_keys(&s->pieces[child].first, &s->pieces[least].first, s->order.down) < 0)
                least = child;
        }
        if (least == i)
            return;
        struct piece p = s->pieces[i];
        s->pieces[i] = s->pieces[least];
        s->pieces[least] = p;
        i = least;
    }
}

static lamna_status begin_merge(struct sort *s)
{
    for (size_t i = 0; i < s->piece_count; i++) {
        s->pieces[i].window = malloc(WINDOW);
        lamna_status status =
            s->pieces[i].window != NULL ? piece_next(s, &s->pieces[i]) : out_of_memory(s);
        if (status != LAMNA_OK)
            return status;
    }
    for (size_t i = s->piece_count / 2; i-- > 0;)
        sink(s, i);
    return LAMNA_OK;
}

static lamna_status merge_rows(struct sort *s)
{
    lamna_status status = LAMNA_OK;
    while (s->piece_count > 0 && status == LAMNA_OK) {
        struct piece *lowest = &s->pieces[0];
        status = put_out(s, &lowest->first);
        if (status == LAMNA_OK)
            status = piece_next(s, lowest);
        if (status == LAMNA_END) {
            free(lowest->window);
            *lowest = s->pieces[--s->piece_count];
            status = LAMNA_OK;
        }
        sink(s, 0);
    }
    return status;
}

static lamna_status merge(struct sort *s)
{
    s->making = false;
    lamna_status status = begin_merge(s);
    if (status == LAMNA_OK)
        status = merge_rows(s);
    return status == LAMNA_OK ? flush(s) : status;
}

/* ---- All of it ---------------------------------------------------------------------------------- */

static lamna_status sort_all(struct sort *s, int from, uint64_t bytes)
{
    s->rows = malloc(bytes < PIECE ? (size_t)bytes + 1 : PIECE);
    s->out = malloc(WINDOW);
    if (s->rows == NULL || s->out == NULL)
        return out_of_memory(s);
    if (bytes > PIECE) {
        s->file = file_nameless();
        if (s->file < 0)
            return fail(s->err, LAMNA_ERR_IO, "cannot make a file to sort the list in: %s",
                        strerror(errno));
        s->making = true;
    }
    lamna_status status = make_pieces(s, from, bytes);
    return status == LAMNA_OK && s->making ? merge(s) : status;
}

lamna_status sort_rows(int from, uint64_t bytes, const struct sort_order *order,
                       const atomic_bool *stop,
                       bool (*take)(void *context, const char *rows, size_t n), void *context,
                       lamna_error *err)
{
    struct sort s = {
        .order = *order, .stop = stop, .take = take, .context = context, .err = err, .file = -1};
    lamna_status status = sort_all(&s, from, bytes);
    for (size_t i = 0; i < s.piece_count; i++)
        free(s.pieces[i].window);
    free(s.pieces);
    free(s.keys);
    free(s.rows);
    free(s.out);
    if (s.file >= 0)
        (void)close(s.file);
    return status;
}
