/* What a question costs: which packets' parts must be looked at for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect/packet.h"

static struct wanted *ask(const lamna_registry *reg, const char *name)
{
    struct wanted *w = wanted_new(reg);
    const lamna_field *field = lamna_field_find(reg, name);
    assert_non_null(w);
    assert_non_null(field);
    wanted_add(w, field->number);
    wanted_finish(w);
    return w;
}

/* Headers are read packet by packet. If this fails, a protocol that is found over TCP carries IP or
 * Ethernet in turn, so that every question about addresses and ports goes through all streams, five
 * times as slowly: have it found over UDP alone, or stop at what it carries. */
static void headers_need_no_streams(void **state)
{
    static const char *const names[] = {"eth.src",  "ip.src",    "ip.addr",
                                        "ipv6.dst", "tcp.port",  "tcp.flags",
                                        "udp.port", "icmp.type", "arp.opcode"};
    (void)state;
    lamna_registry *reg = lamna_registry_new(NULL);
    assert_non_null(reg);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct wanted *w = ask(reg, names[i]);
        if (w->flows || w->streams)
            fail_msg("%s asks for flows or streams", names[i]);
        wanted_free(w);
    }
    lamna_registry_free(reg);
}

static void messages_need_streams(void **state)
{
    (void)state;
    lamna_registry *reg = lamna_registry_new(NULL);
    assert_non_null(reg);
    struct wanted *w = ask(reg, "http.request.method");
    assert_true(w->streams);
    wanted_free(w);
    w = ask(reg, "tcp.stream");
    assert_true(w->flows);
    assert_false(w->streams);
    wanted_free(w);
    lamna_registry_free(reg);
}

/* Joined with what columns ask, and asked twice, a question about flows is still one about flows. */
static void analysis_needs_no_streams(void **state)
{
    (void)state;
    lamna_registry *reg = lamna_registry_new(NULL);
    assert_non_null(reg);
    uint16_t http = registry_proto(reg, "http");
    struct wanted *filter = ask(reg, "tcp.analysis.retransmission"), *columns = ask(reg, "ip.src");
    wanted_join(filter, columns);
    assert_true(filter->flows && filter->analysis);
    assert_false(filter->lazy || filter->streams);
    assert_int_equal(filter->proto[http], 0);
    wanted_free(columns);
    columns = ask(reg, "http.request.method");
    assert_true(columns->lazy);
    wanted_join(filter, columns);
    assert_true(filter->streams);
    assert_false(filter->lazy || columns->lazy);
    assert_int_equal(filter->proto[http], 1);
    wanted_free(columns);
    wanted_free(filter);
    lamna_registry_free(reg);
}

/* Where messages end, their heads tell: bodies are neither kept nor looked into for it, unless their bytes
 * are what is asked for. */
static void ends_need_no_bodies(void **state)
{
    (void)state;
    lamna_registry *reg = lamna_registry_new(NULL);
    assert_non_null(reg);
    uint16_t http = registry_proto(reg, "http"), text = registry_proto(reg, "data-text-lines");
    struct wanted *w = ask(reg, "tcp.reassembled_in");
    assert_int_equal(w->proto[http], WALK_STREAM);
    assert_int_equal(w->proto[text], WALK_STREAM);
    assert_false(w->bodies);
    wanted_free(w);
    w = ask(reg, "data-text-lines");
    assert_int_equal(w->proto[text], WALK_ASKED);
    assert_int_equal(w->proto[http], WALK_ASKED);
    wanted_free(w);
    w = wanted_new(reg);
    w->columns = true;
    wanted_finish(w);
    assert_int_equal(w->proto[text], WALK_STREAM);
    assert_true(w->proto[http] & WALK_ASKED);
    wanted_free(w);
    w = ask(reg, "tcp.reassembled.data");
    assert_true(w->bodies);
    wanted_free(w);
    lamna_registry_free(reg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_need_no_streams),
        cmocka_unit_test(messages_need_streams),
        cmocka_unit_test(analysis_needs_no_streams),
        cmocka_unit_test(ends_need_no_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
