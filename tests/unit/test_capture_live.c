/* Capturing on loopback. Skipped where the machine does not allow it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture_build.h"

enum { DATAGRAMS = 20, BASE = 40 };

/* Sends datagrams of BASE, BASE + 1, ... bytes to `to` on loopback. */
static void send_datagrams(const struct sockaddr_in *to, int count)
{
    char bytes[BASE + DATAGRAMS] = {0};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(fd >= 0);
    for (int i = 0; i < count; i++) {
        size_t n = (size_t)(BASE + i);
        ssize_t sent = sendto(fd, bytes, n, 0, (const struct sockaddr *)to, sizeof *to);
        assert_int_equal(sent, n);
    }
    (void)close(fd);
}

/* A bound socket, so that nothing answers "unreachable"; the filter matches what is sent to it. */
static int bind_somewhere(struct sockaddr_in *at, char *filter, size_t size)
{
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof *at;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)at, n), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)at, &n), 0);
    (void)snprintf(filter, size, "udp dst port %d", ntohs(at->sin_port));
    return fd;
}

static lamna_source *open_live(const char *interface, const char *filter)
{
    lamna_error err;
    lamna_live_options options = {.interface = interface, .capture_filter = filter};
    lamna_source *src = lamna_source_live(&options, &err);
    if (src == NULL && err.status == LAMNA_ERR_PERMISSION) {
        assert_non_null(strstr(err.message, "CAP_NET_RAW"));
        assert_non_null(strstr(err.hint, "setcap"));
        skip();
    }
    if (src == NULL)
        fail_msg("%s", err.message);
    return src;
}

static void *stop_later(void *src)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    lamna_source_stop(src);
    return NULL;
}

/* Each packet once, in order, with a time of now; then nothing, until stopped. */
static void check_once(const char *interface, uint32_t header)
{
    struct sockaddr_in at;
    char filter[64];
    int fd = bind_somewhere(&at, filter, sizeof filter);
    lamna_source *src = open_live(interface, filter);
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
    send_datagrams(&at, DATAGRAMS);
    for (uint32_t i = 0; i < DATAGRAMS; i++) {
        lamna_packet_info packet;
        assert_int_equal(lamna_source_next(src, &packet, NULL), LAMNA_OK);
        assert_int_equal(packet.captured, header + 28 + BASE + i);
        assert_int_equal(packet.length, packet.captured);
        assert_true(llabs(packet.time_ns / 1000000000 - now.tv_sec) <= 2);
    }
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_later, src), 0);
    (void)expect_end(src, LAMNA_STOPPED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    lamna_source_stats stats;
    lamna_source_stats_get(src, &stats);
    assert_int_equal(stats.packets, DATAGRAMS);
    assert_int_equal(stats.dropped_kernel, 0);
    lamna_source_close(src);
    (void)close(fd);
}

static void test_loopback_once(void **state)
{
    (void)state;
    check_once("lo", 14);
}

static void test_any_once(void **state)
{
    (void)state;
    check_once("any", 20);
}

static void test_written(void **state)
{
    (void)state;
    struct sockaddr_in at;
    char filter[64];
    int fd = bind_somewhere(&at, filter, sizeof filter);
    lamna_source *src = open_live("lo", filter);
    assert_string_equal(lamna_source_format(src), "live");
    send_datagrams(&at, 3);
    char *path = build_file("", 0);
    lamna_writer *w = lamna_writer_open(path, LAMNA_PCAPNG, src, NULL);
    assert_non_null(w);
    lamna_packet_info packet;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lamna_source_next(src, &packet, NULL), LAMNA_OK);
        assert_int_equal(lamna_writer_write(w, &packet, NULL), LAMNA_OK);
    }
    int64_t last_ns = packet.time_ns;
    assert_int_equal(lamna_writer_close(w, NULL), LAMNA_OK);
    lamna_source_close(src);
    (void)close(fd);

    src = lamna_source_open(path, NULL, NULL);
    assert_non_null(src);
    for (int i = 0; i < 3; i++)
        assert_int_equal(lamna_source_next(src, &packet, NULL), LAMNA_OK);
    assert_int_equal(packet.time_ns, last_ns);
    (void)expect_end(src, LAMNA_END);
    lamna_interface interface;
    assert_true(lamna_source_interface(src, 0, &interface));
    assert_string_equal(interface.name, "lo");
    assert_string_equal(interface.filter, filter);
    assert_non_null(interface.os);
    lamna_source_close(src);
    build_unlink(path);
}

static void test_bad_filter(void **state)
{
    (void)state;
    lamna_source_close(open_live("lo", NULL)); /* or skip */
    lamna_error err;
    lamna_live_options options = {.interface = "lo", .capture_filter = "tcp prt 80"};
    assert_null(lamna_source_live(&options, &err));
    assert_int_equal(err.status, LAMNA_ERR_FILTER);
    assert_int_equal(err.end, strlen(options.capture_filter));
}

static void test_no_such_interface(void **state)
{
    (void)state;
    lamna_source_close(open_live("lo", NULL));
    lamna_error err;
    lamna_live_options options = {.interface = "an7"};
    assert_null(lamna_source_live(&options, &err));
    assert_int_equal(err.status, LAMNA_ERR_ARGUMENT);
    assert_non_null(strstr(err.hint, "any"));
    options.interface = "";
    assert_null(lamna_source_live(&options, &err));
    assert_int_equal(err.status, LAMNA_ERR_ARGUMENT);
    options = (lamna_live_options){.interface = "lo", .buffer_mib = 4096};
    assert_null(lamna_source_live(&options, &err));
    assert_int_equal(err.status, LAMNA_ERR_ARGUMENT);
}

static void test_devices(void **state)
{
    (void)state;
    size_t count, loopbacks = 0;
    lamna_error err;
    lamna_device *devices = lamna_devices(&count, &err);
    if (devices == NULL)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < count; i++) {
        if (!devices[i].loopback)
            continue;
        loopbacks++;
        assert_string_equal(devices[i].name, "lo");
        assert_non_null(strstr(devices[i].addresses, "127.0.0.1"));
    }
    assert_true(count == 0 || loopbacks == 1);
    lamna_devices_free(devices, count);
    lamna_devices_free(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loopback_once),     cmocka_unit_test(test_any_once),
        cmocka_unit_test(test_written),           cmocka_unit_test(test_bad_filter),
        cmocka_unit_test(test_no_such_interface), cmocka_unit_test(test_devices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
