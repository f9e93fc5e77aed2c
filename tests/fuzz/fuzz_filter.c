/*
 * Fuzzes the compiler of filters: whatever the text, it compiles, or there is an error whose span lies
 * in the text. What compiles is put to an empty packet.
 */
#include <stdlib.h>
#include <string.h>

#include "filter/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_match(const lamna_filter *filter, const lamna_registry *reg)
{
    struct arena arena;
    struct packet *p = calloc(1, sizeof *p);
    struct buf text = {0};
    if (p == NULL)
        return;
    arena_init(&arena, 1u << 20);
    packet_init(p, reg, &arena);
    (void)filter_match(filter, p);
    filter_dump(filter, &text);
    buf_free(&text);
    packet_free(p);
    arena_free(&arena);
    free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lamna_error err = {0};
    static lamna_registry *reg; /* made once: it is slow, and does not change */
    if (reg == NULL)
        reg = lamna_registry_new(NULL);
    char *text = malloc(size + 1);
    if (reg != NULL && text != NULL) {
        memcpy(text, data, size);
        text[size] = '\0';
        size_t length = strlen(text);
        lamna_filter *filter = lamna_filter_new(reg, text, &err);
        if (filter != NULL)
            check_match(filter, reg);
        else if (err.message[0] == '\0' || err.begin > err.end || err.end > length)
            abort();
        lamna_filter_free(filter);
    }
    free(text);
    return 0;
}
