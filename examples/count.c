/*
 * count: how many packets of a capture match a display filter, through the public header alone.
 *
 *     cc count.c $(pkg-config --cflags --libs lamna) -o count
 *     ./count a.pcapng 'tcp.port == 12345'
 */
#include <stdio.h>

#include "lamna.h"

static int fail(const lamna_error *err)
{
    (void)fprintf(stderr, "count: %s\n%s%s", err->message, err->hint, err->hint[0] ? "\n" : "");
    return 1;
}

int main(int argc, char **argv)
{
    lamna_error err;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: count FILE FILTER\n");
        return 2;
    }
    int status = 1;
    unsigned long long n = 0;
    const lamna_packet *packet;
    lamna_registry *reg = lamna_registry_new(&err);
    lamna_query *query = reg ? lamna_query_new(reg, &err) : NULL;
    lamna_source *source = NULL;
    lamna_run *run = NULL;
    if (query && lamna_query_filter(query, argv[2], &err) == LAMNA_OK &&
        (source = lamna_source_open(argv[1], NULL, &err)) != NULL)
        run = lamna_run_new(query, source, &err);
    if (run != NULL) {
        lamna_status end;
        while ((end = lamna_run_next(run, &packet, &err)) == LAMNA_OK)
            n++;
        (void)printf("%llu\n", n);
        status = end == LAMNA_END ? 0 : fail(&err);
    } else {
        (void)fail(&err);
    }
    lamna_run_free(run);
    lamna_source_close(source);
    lamna_query_free(query);
    lamna_registry_free(reg);
    return status;
}
