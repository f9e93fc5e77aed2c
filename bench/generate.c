/* lamna-generate: a capture to measure with, the same one for the same seed.
 *
 * A pool of live connections, each a state machine; every packet is the next one of a connection
 * drawn at random, and a connection that has ended is replaced. Which protocol a connection speaks
 * depends on its place in the pool, which fixes the protocol's share of the packets. */
#include "gen.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POOL = 2000, HELLO_SLOTS = POOL / 100, HTTP_SLOTS = POOL * 6 / 10 };

struct options {
    uint64_t packets;
    uint64_t seed;
    bool pcapng;
    bool greetings;
    const char *output;
};

static struct gen_flow pool[POOL];

/* The shortest of all, if there are to be many flows. */
static enum gen_kind kind_of(const struct options *options, uint32_t slot)
{
    if (options->greetings)
        return GEN_HELLO;
    if (slot < HELLO_SLOTS)
        return GEN_HELLO;
    return slot < HELLO_SLOTS + HTTP_SLOTS ? GEN_HTTP : GEN_TLS;
}

static size_t next_packet(const struct options *options, struct gen_misc *misc, struct gen_rng *rng,
                          uint64_t usec, uint8_t *frame)
{
    uint32_t die = gen_below(rng, 10000);
    if (die < 270)
        return gen_dns_next(misc, rng, frame);
    if (die < 300)
        return gen_ntp_next(misc, rng, usec, frame);
    if (die < 350)
        return gen_icmp_next(misc, rng, frame);
    if (die < 400)
        return gen_arp_next(misc, rng, frame);
    uint32_t slot = gen_below(rng, POOL);
    size_t len = gen_flow_next(&pool[slot], rng, (uint32_t)(usec / 1000), frame);
    if (pool[slot].state == GEN_CLOSED)
        gen_flow_init(&pool[slot], rng, kind_of(options, slot));
    return len;
}

static bool generate(const struct options *options, struct gen_file *file)
{
    static struct gen_misc misc;
    struct gen_rng rng = {options->seed};
    uint8_t frame[GEN_FRAME_MAX];
    uint64_t usec = 1767607200000000; /* 2026-01-05 10:00:00 UTC */
    gen_filler_init(&rng);
    for (uint32_t i = 0; i < POOL; i++)
        gen_flow_init(&pool[i], &rng, kind_of(options, i));
    for (uint64_t n = 0; n < options->packets; n++) {
        usec += 1 + gen_below(&rng, 16);
        size_t len = next_packet(options, &misc, &rng, usec, frame);
        if (!gen_file_put(file, usec, frame, len))
            return false;
    }
    return true;
}

static bool parse_number(const char *text, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {{"packets", required_argument, NULL, 'n'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"format", required_argument, NULL, 'f'},
                                          {"greetings", no_argument, NULL, 'g'},
                                          {"output", required_argument, NULL, 'o'},
                                          {0}};
    int c;
    while ((c = getopt_long(argc, argv, "n:s:f:go:", names, NULL)) != -1) {
        if (c == 'n' && parse_number(optarg, &options->packets))
            continue;
        if (c == 's' && parse_number(optarg, &options->seed))
            continue;
        if (c == 'f' && (strcmp(optarg, "pcap") == 0 || strcmp(optarg, "pcapng") == 0))
            options->pcapng = strcmp(optarg, "pcapng") == 0;
        else if (c == 'g')
            options->greetings = true;
        else if (c == 'o')
            options->output = optarg;
        else
            return false;
    }
    return options->output && optind == argc;
}

int main(int argc, char **argv)
{
    struct options options = {.packets = 1000000, .seed = 1};
    if (!parse_options(argc, argv, &options)) {
        fprintf(stderr, "usage: lamna-generate [--packets N] [--seed S] [--format pcap|pcapng]"
                        " [--greetings] -o FILE\n");
        return 2;
    }
    struct gen_file *file = gen_file_open(options.output, options.pcapng);
    if (!file) {
        fprintf(stderr, "lamna-generate: %s: %s\n", options.output, strerror(errno));
        return 1;
    }
    bool good = generate(&options, file);
    int error = errno;
    if (!gen_file_close(file) && good) {
        good = false;
        error = errno;
    }
    if (!good)
        fprintf(stderr, "lamna-generate: %s: %s\n", options.output, strerror(error));
    return good ? 0 : 1;
}
