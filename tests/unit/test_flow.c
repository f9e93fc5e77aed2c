/* The flow table and sequence arithmetic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/flow.h"
#include "flow/seq.h"

static const uint8_t client[16] = {10, 0, 0, 1}, server[16] = {10, 0, 0, 2};

static struct segment tcp(bool from_client, uint32_t seq, uint32_t ack, uint16_t flags)
{
    return (struct segment){.ip_version = 4,
                            .protocol = 6,
                            .src = from_client ? client : server,
                            .dst = from_client ? server : client,
                            .src_port = from_client ? 50000 : 80,
                            .dst_port = from_client ? 80 : 50000,
                            .seq = seq,
                            .ack = ack,
                            .flags = flags,
                            .window_shift = -1};
}

static struct flow_facts ask(struct flow_table *t, struct segment s)
{
    struct flow_facts facts = {0};
    assert_true(flow_facts_of(t, &s, &facts));
    return facts;
}

static struct flow_table *table(void)
{
    struct limits limits = LIMITS_DEFAULT;
    struct flow_table *t = flow_table_new(&limits, true);
    assert_non_null(t);
    return t;
}

static void sequence_numbers_wrap(void **state)
{
    (void)state;
    assert_true(seq_lt(0xfffffffe, 1));
    assert_false(seq_lt(1, 0xfffffffe));
    assert_true(seq_le(7, 7));
    assert_true(seq_gt(0, 0xffffffff));
    assert_true(seq_ge(5, 5));
    assert_int_equal(seq_end(0xffffffff, 10, TCP_SYN), 10);
    assert_int_equal(seq_end(5, 0, TCP_SYN | TCP_FIN), 7);
}

static void handshake_gives_bases_and_shifts(void **state)
{
    (void)state;
    struct flow_table *t = table();
    struct segment syn = tcp(true, 1000, 0, TCP_SYN),
                   synack = tcp(false, 5000, 1001, TCP_SYN | TCP_ACK);
    syn.window_shift = 7;
    synack.window_shift = 2;
    struct flow_facts f = ask(t, syn);
    assert_int_equal(f.base_seq, 1000);
    assert_false(f.reverse);
    f = ask(t, synack);
    assert_int_equal(f.base_seq, 5000);
    assert_int_equal(f.base_ack, 1000);
    assert_true(f.reverse);
    f = ask(t, tcp(true, 1001, 5001, TCP_ACK));
    assert_int_equal(f.base_ack, 5000);
    assert_int_equal(f.window_shift, 7);
    assert_int_equal(f.packets, 3);
    assert_int_equal(ask(t, tcp(false, 5001, 1001, TCP_ACK)).window_shift, 2);
    flow_table_free(t);
}

static void one_offer_is_no_window_scale(void **state)
{
    (void)state;
    struct flow_table *t = table();
    struct segment syn = tcp(true, 1, 0, TCP_SYN);
    syn.window_shift = 7;
    (void)ask(t, syn);
    (void)ask(t, tcp(false, 1, 2, TCP_SYN | TCP_ACK));
    assert_int_equal(ask(t, tcp(true, 2, 2, TCP_ACK)).window_shift, -2);
    flow_table_free(t);
}

static void without_handshake_the_first_byte_is_one(void **state)
{
    (void)state;
    struct flow_table *t = table();
    struct flow_facts f = ask(t, tcp(true, 700, 900, TCP_ACK));
    assert_int_equal(700 - f.base_seq, 1);
    assert_int_equal(900 - f.base_ack, 1);
    assert_int_equal(f.window_shift, -1);
    f = ask(t, tcp(false, 950, 700, TCP_ACK));
    assert_int_equal(950 - f.base_seq, 51);
    flow_table_free(t);
}

static void another_syn_is_another_stream(void **state)
{
    (void)state;
    struct flow_table *t = table();
    assert_int_equal(ask(t, tcp(true, 10, 0, TCP_SYN)).stream, 0);
    assert_int_equal(ask(t, tcp(true, 10, 0, TCP_SYN)).stream, 0); /* retransmitted */
    struct flow_facts f = ask(t, tcp(true, 99, 0, TCP_SYN));
    assert_int_equal(f.stream, 1);
    assert_int_equal(f.base_seq, 99);
    assert_int_equal(f.packets, 1);
    assert_int_equal(flow_table_streams(t, 6), 2);
    flow_table_free(t);
}

static void protocols_are_numbered_apart(void **state)
{
    (void)state;
    struct flow_table *t = table();
    struct segment udp = tcp(true, 0, 0, 0), v6 = tcp(true, 0, 0, TCP_SYN);
    udp.protocol = 17;
    v6.ip_version = 6;
    assert_int_equal(ask(t, tcp(true, 1, 0, TCP_SYN)).stream, 0);
    assert_int_equal(ask(t, udp).stream, 0);
    assert_int_equal(ask(t, v6).stream, 1);
    flow_table_free(t);
}

static void times_are_of_the_flow(void **state)
{
    (void)state;
    struct flow_table *t = table();
    struct segment s = tcp(true, 1, 0, TCP_SYN);
    s.time_ns = 100;
    assert_int_equal(ask(t, s).previous_time_ns, 100);
    s.time_ns = 250;
    (void)ask(t, s);
    s.time_ns = 400;
    struct flow_facts f = ask(t, s);
    assert_int_equal(f.first_time_ns, 100);
    assert_int_equal(f.previous_time_ns, 250);
    flow_table_free(t);
}

/* SYN number i of a client that uses as many ports. */
static struct segment syn_from(uint32_t i, int64_t time_ns)
{
    struct segment s = tcp(true, 5, 0, TCP_SYN);
    s.src_port = (uint16_t)(1000 + i);
    s.time_ns = time_ns;
    return s;
}

static void a_full_table_forgets_who_is_silent(void **state)
{
    enum { LIMIT = 20000, MORE = 30000 };
    (void)state;
    struct limits limits = LIMITS_DEFAULT;
    limits.flows = LIMIT;
    struct flow_table *t = flow_table_new(&limits, true);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < LIMIT; i++)
            assert_int_equal(ask(t, syn_from(i, i)).stream, i);
    }
    assert_false(flow_table_forgot(t));
    /* Two go on talking while the others are replaced, and keep their numbers. */
    for (uint32_t i = 0; i < MORE; i++) {
        assert_int_equal(ask(t, syn_from(LIMIT + i, LIMIT + i)).stream, LIMIT + i);
        assert_int_equal(ask(t, syn_from(17, LIMIT + i)).stream, 17);
        assert_int_equal(ask(t, syn_from(18000, LIMIT + i)).stream, 18000);
    }
    assert_true(flow_table_forgot(t));
    /* Those of late are known; who was forgotten begins anew. */
    assert_int_equal(ask(t, syn_from(LIMIT + MORE - 1, LIMIT + MORE)).stream, LIMIT + MORE - 1);
    assert_int_equal(ask(t, syn_from(5, LIMIT + MORE)).stream, LIMIT + MORE);
    flow_table_free(t);
}

static uint8_t *state_in(struct flow_table *t, struct segment s)
{
    struct flow_facts facts = ask(t, s);
    return flow_state_of(t, &facts, 99, 1);
}

static void what_is_over_keeps_no_state(void **state)
{
    enum { OTHERS = 6000, RESET = TCP_RST | TCP_ACK };
    const int64_t second = 1000000000;
    (void)state;
    struct flow_table *t = table();
    *state_in(t, syn_from(1, 0)) = 7; /* is reset soon */
    *state_in(t, syn_from(2, 0)) = 8; /* goes on */
    struct segment reset = syn_from(1, second);
    reset.flags = RESET;
    (void)ask(t, reset);
    for (uint32_t i = 0; i < OTHERS; i++)
        *state_in(t, syn_from(100 + i, 10 * second + i)) = 1;
    assert_false(flow_table_forgot(t));
    struct segment data = syn_from(2, 20 * second);
    data.flags = TCP_ACK;
    data.length = 10;
    assert_int_equal(*state_in(t, data), 8);
    assert_false(flow_table_forgot(t));
    data = syn_from(1, 20 * second);
    data.flags = TCP_ACK;
    data.length = 10;
    assert_int_equal(*state_in(t, data), 0);
    assert_int_equal(ask(t, data).stream, 0);
    assert_true(flow_table_forgot(t));
    flow_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequence_numbers_wrap),
        cmocka_unit_test(handshake_gives_bases_and_shifts),
        cmocka_unit_test(one_offer_is_no_window_scale),
        cmocka_unit_test(without_handshake_the_first_byte_is_one),
        cmocka_unit_test(another_syn_is_another_stream),
        cmocka_unit_test(protocols_are_numbered_apart),
        cmocka_unit_test(times_are_of_the_flow),
        cmocka_unit_test(a_full_table_forgets_who_is_silent),
        cmocka_unit_test(what_is_over_keeps_no_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
