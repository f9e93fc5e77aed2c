#include "serve/remarks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REMARKS_MOST = 10000 };

struct remark {
    const char *path; /* of the capture; the same pointer for the same one */
    uint64_t packet;
    bool marked;
    char *comment; /* owned; "" if there is none */
};

/* Sorted by capture and packet. */
struct remarks {
    pthread_mutex_t lock;
    size_t count;
    struct remark all[REMARKS_MOST];
};

struct remarks *remarks_new(void)
{
    struct remarks *remarks = calloc(1, sizeof *remarks);
    if (remarks != NULL)
        (void)pthread_mutex_init(&remarks->lock, NULL);
    return remarks;
}

void remarks_free(struct remarks *remarks)
{
    if (remarks == NULL)
        return;
    for (size_t i = 0; i < remarks->count; i++)
        free(remarks->all[i].comment);
    (void)pthread_mutex_destroy(&remarks->lock);
    free(remarks);
}

static bool is_before(const struct remark *remark, const char *path, uint64_t packet)
{
    if (remark->path != path)
        return (uintptr_t)remark->path < (uintptr_t)path;
    return remark->packet < packet;
}

/* Where the packet's remark is, or would be. */
static size_t place_of(const struct remarks *remarks, const char *path, uint64_t packet)
{
    size_t low = 0, high = remarks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_before(&remarks->all[middle], path, packet))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct remarks *remarks, size_t at, const char *path, uint64_t packet)
{
    return at < remarks->count && remarks->all[at].path == path &&
           remarks->all[at].packet == packet;
}

static void take_out(struct remarks *remarks, size_t at)
{
    struct remark *remark = &remarks->all[at];
    free(remark->comment);
    remarks->count--;
    memmove(remark, remark + 1, (remarks->count - at) * sizeof *remark);
}

static void put_in(struct remarks *remarks, size_t at, struct remark new)
{
    struct remark *remark = &remarks->all[at];
    memmove(remark + 1, remark, (remarks->count - at) * sizeof *remark);
    remarks->count++;
    *remark = new;
}

lamna_status remarks_set(struct remarks *remarks, const char *path, uint64_t packet, bool marked,
                         const char *comment, lamna_error *err)
{
    lamna_status status = LAMNA_OK;
    if (strlen(comment) > COMMENT_MOST)
        return fail(err, LAMNA_ERR_LIMIT, "a comment has at most %d bytes", COMMENT_MOST);
    char *own = strdup(comment);
    if (own == NULL)
        return fail(err, LAMNA_ERR_MEMORY, "out of memory");
    (void)pthread_mutex_lock(&remarks->lock);
    size_t at = place_of(remarks, path, packet);
    if (is_at(remarks, at, path, packet))
        take_out(remarks, at);
    if (!marked && comment[0] == '\0')
        free(own);
    else if (remarks->count < REMARKS_MOST)
        put_in(remarks, at, (struct remark){path, packet, marked, own});
    else {
        free(own);
        status = fail(err, LAMNA_ERR_LIMIT, "%d packets have remarks; no more can", REMARKS_MOST);
    }
    (void)pthread_mutex_unlock(&remarks->lock);
    return status;
}

void remarks_put(struct remarks *remarks, const char *path, lamna_text *out)
{
    (void)pthread_mutex_lock(&remarks->lock);
    size_t first = place_of(remarks, path, 0);
    for (size_t i = first; i < remarks->count && remarks->all[i].path == path; i++) {
        const struct remark *remark = &remarks->all[i];
        put(out, i == first ? "{\"packet\":" : ",{\"packet\":");
        put_number(out, remark->packet);
        put(out, remark->marked ? ",\"marked\":true" : ",\"marked\":false");
        put_pair_text(out, "comment", remark->comment);
        put(out, "}");
    }
    (void)pthread_mutex_unlock(&remarks->lock);
}

bool remarks_comment(struct remarks *remarks, const char *path, uint64_t packet,
                     char comment[COMMENT_MOST + 1])
{
    (void)pthread_mutex_lock(&remarks->lock);
    size_t at = place_of(remarks, path, packet);
    bool found = is_at(remarks, at, path, packet);
    if (found) {
        const char *text = remarks->all[at].comment;
        (void)snprintf(comment, COMMENT_MOST + 1, "%s", text[0] != '\0' ? text : "marked");
    }
    (void)pthread_mutex_unlock(&remarks->lock);
    return found;
}
