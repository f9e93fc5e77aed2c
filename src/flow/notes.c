#include "flow/notes.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_BITS = 10, PAGE_SUBJECTS = 1 << PAGE_BITS, NOTES_AT_FIRST = 256, PAGES_AT_FIRST = 64 };
/* Subjects beyond have no notes: the index of their pages alone would be large. */
#define SUBJECTS_MOST ((uint64_t)1 << 40)

static void index_free(struct notes_index *x)
{
    for (size_t i = 0; i < x->count; i++)
        free(x->pages[i]);
    free(x->pages);
}

void notes_free(struct notes *n)
{
    index_free(&n->packets);
    index_free(&n->streams);
    free(n->notes);
    *n = (struct notes){0};
}

/* Where the subject's newest note stands; NULL: it has none. */
static uint32_t *newest_find(const struct notes *n, uint64_t subject)
{
    const struct notes_index *x = subject & TOLD_OF_STREAM ? &n->streams : &n->packets;
    uint64_t number = subject & ~TOLD_OF_STREAM, page = number >> PAGE_BITS;
    if (page >= x->count || x->pages[page] == NULL)
        return NULL;
    return &x->pages[page][number % PAGE_SUBJECTS];
}

static bool index_reserve(struct notes_index *x, uint64_t page)
{
    if (page < x->count)
        return true;
    size_t count = x->count == 0 ? PAGES_AT_FIRST : x->count;
    while (count <= page)
        count *= 2;
    uint32_t **pages = realloc(x->pages, count * sizeof *pages);
    if (pages == NULL)
        return false;
    memset(pages + x->count, 0, (count - x->count) * sizeof *pages);
    x->pages = pages;
    x->count = count;
    return true;
}

/* The same, and a place for it is made. NULL: without memory. */
static uint32_t *newest_make(struct notes *n, uint64_t subject)
{
    struct notes_index *x = subject & TOLD_OF_STREAM ? &n->streams : &n->packets;
    uint64_t number = subject & ~TOLD_OF_STREAM, page = number >> PAGE_BITS;
    if (number >= SUBJECTS_MOST || !index_reserve(x, page))
        return NULL;
    if (x->pages[page] == NULL)
        x->pages[page] = calloc(PAGE_SUBJECTS, sizeof *x->pages[page]);
    return x->pages[page] == NULL ? NULL : &x->pages[page][number % PAGE_SUBJECTS];
}

static struct note *note_find(const struct notes *n, uint32_t newest, uint32_t field)
{
    uint32_t at = newest;
    while (at != 0 && n->notes[at].field != field)
        at = n->notes[at].older;
    return at == 0 ? NULL : &n->notes[at];
}

static bool notes_reserve(struct notes *n)
{
    if (n->count < n->room)
        return true;
    if (n->room > UINT32_MAX / 2)
        return false;
    uint32_t room = n->room == 0 ? NOTES_AT_FIRST : 2 * n->room;
    struct note *notes = realloc(n->notes, room * sizeof *notes);
    if (notes == NULL)
        return false;
    n->notes = notes;
    n->room = room;
    n->count += n->count == 0;
    return true;
}

void notes_set(struct notes *n, uint64_t subject, uint32_t field, uint64_t value)
{
    uint32_t *newest = newest_find(n, subject);
    struct note *known = newest == NULL ? NULL : note_find(n, *newest, field);
    if (known != NULL) {
        known->value = value;
        return;
    }
    newest = newest_make(n, subject);
    if (newest == NULL || !notes_reserve(n))
        return;
    n->notes[n->count] = (struct note){value, field, *newest};
    *newest = n->count++;
}

bool notes_get(const struct notes *n, uint64_t subject, uint32_t field, uint64_t *value)
{
    const uint32_t *newest = newest_find(n, subject);
    const struct note *note = newest == NULL ? NULL : note_find(n, *newest, field);
    if (note == NULL)
        return false;
    *value = note->value;
    return true;
}
