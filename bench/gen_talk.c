/* gen_talk: what is said on a connection, message by message. */
#include "gen.h"

#include <stdio.h>
#include <string.h>

enum { FILLER_SIZE = 1 << 16, RECORD_BODY = 16384 };

/* Longer than its period by a segment, so that a segment never has to wrap. */
static uint8_t filler[FILLER_SIZE + GEN_FRAME_MAX];

void gen_filler_init(struct gen_rng *rng)
{
    for (size_t i = 0; i < FILLER_SIZE; i++)
        filler[i] = gen_chance(rng, 1600) ? ' ' : (uint8_t)('a' + gen_below(rng, 26));
    memcpy(filler + FILLER_SIZE, filler, GEN_FRAME_MAX);
}

void gen_message_copy(const struct gen_message *message, uint32_t at, uint8_t *to, uint32_t len)
{
    uint32_t n = 0;
    if (at < message->head_len) {
        n = message->head_len - at < len ? message->head_len - at : len;
        memcpy(to, message->head + at, n);
    }
    if (n < len) {
        uint32_t from = message->filler + at + n - message->head_len;
        memcpy(to + n, filler + from % FILLER_SIZE, len - n);
    }
}

static void say(struct gen_message *message, unsigned from, int head_len, uint32_t body_len)
{
    message->from = from;
    message->head_len = (uint32_t)head_len;
    message->body_len = body_len;
}

/* Random numbers are drawn one a statement: the order in which C evaluates arguments is the
 * compiler's choice, and the same seed is to give the same capture everywhere. */
static void http_request(const struct gen_talk *talk, struct gen_rng *rng, struct gen_message *m)
{
    bool post = gen_chance(rng, 1500);
    uint32_t body = post ? 200 + gen_below(rng, 6000) : 0;
    unsigned file = gen_below(rng, 1000);
    unsigned long long session = gen_random(rng);
    char length[80] = "";
    if (post)
        snprintf(length, sizeof length,
                 "Content-Type: application/octet-stream\r\nContent-Length: %u\r\n", body);
    int n = snprintf((char *)m->head, sizeof m->head,
                     "%s /files/%u/part-%u.bin HTTP/1.1\r\n"
                     "Host: www%u.example.com\r\n"
                     "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101\r\n"
                     "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
                     "Accept-Language: en-GB,en;q=0.5\r\n"
                     "Cookie: session=%016llx\r\n%s"
                     "Connection: keep-alive\r\n\r\n",
                     post ? "POST" : "GET", file, talk->turn, talk->host, session, length);
    say(m, 0, n, body);
}

static void http_response(struct gen_rng *rng, struct gen_message *m)
{
    static const char *const types[] = {"text/plain", "application/octet-stream", "text/css"};
    bool found = !gen_chance(rng, 400);
    uint32_t body = found ? 8000 + gen_below(rng, 160000) : 120 + gen_below(rng, 300);
    uint32_t type = gen_below(rng, 3);
    uint32_t tag = gen_below(rng, UINT32_MAX);
    int n = snprintf((char *)m->head, sizeof m->head,
                     "HTTP/1.1 %s\r\n"
                     "Date: Mon, 05 Jan 2026 10:00:00 GMT\r\n"
                     "Server: nginx/1.26.2\r\n"
                     "Content-Type: %s\r\n"
                     "Content-Length: %u\r\n"
                     "ETag: \"%08x\"\r\n"
                     "Cache-Control: max-age=3600\r\n"
                     "Connection: keep-alive\r\n\r\n",
                     found ? "200 OK" : "404 Not Found", types[type], body, tag);
    say(m, 1, n, body);
}

static void hello_message(const struct gen_talk *talk, struct gen_message *m)
{
    int n = talk->turn % 2 == 1
                ? snprintf((char *)m->head, sizeof m->head, "message %u\n", talk->turn / 2)
                : snprintf((char *)m->head, sizeof m->head, "welcome to python!");
    say(m, talk->turn % 2 == 1 ? 0 : 1, n, 0);
}

static void put_random(uint8_t *to, struct gen_rng *rng)
{
    for (size_t i = 0; i < 32; i += 8) {
        uint64_t v = gen_random(rng);
        memcpy(to + i, &v, sizeof v);
    }
}

/* The record and handshake headers over a body of len bytes that begins at head + 9. */
static void put_handshake(uint8_t *head, uint8_t type, uint32_t len)
{
    gen_put32(head, 0x16030100 | (len + 4) >> 8);
    if (type == 2)
        head[2] = 3;
    head[4] = (uint8_t)(len + 4);
    gen_put32(head + 5, len);
    head[5] = type;
}

static void client_hello(const struct gen_talk *talk, struct gen_rng *rng, struct gen_message *m)
{
    static const uint8_t fixed[] = {0, 0, 6, 0x13, 1, 0x13, 2, 0x13, 3, 1, 0};
    static const uint8_t versions[] = {0, 0x2b, 0, 3, 2, 3, 4};
    char name[32];
    uint32_t name_len = (uint32_t)snprintf(name, sizeof name, "tls%u.example.com", talk->host);
    uint8_t *b = m->head + 9;
    gen_put16(b, 0x0303);
    put_random(b + 2, rng);
    memcpy(b + 34, fixed, sizeof fixed);
    uint8_t *ext = b + 34 + sizeof fixed;
    gen_put16(ext, (uint32_t)sizeof versions + 9 + name_len);
    memcpy(ext + 2, versions, sizeof versions);
    uint8_t *sni = ext + 2 + sizeof versions;
    gen_put16(sni, 0);
    gen_put16(sni + 2, name_len + 5);
    gen_put16(sni + 4, name_len + 3);
    sni[6] = 0;
    gen_put16(sni + 7, name_len);
    memcpy(sni + 9, name, name_len);
    uint32_t len = (uint32_t)(sni + 9 - b) + name_len;
    put_handshake(m->head, 1, len);
    say(m, 0, (int)len + 9, 0);
}

static void server_hello(struct gen_rng *rng, struct gen_message *m)
{
    static const uint8_t rest[] = {0, 0x13, 1, 0, 0, 6, 0, 0x2b, 0, 2, 3, 4};
    uint8_t *b = m->head + 9;
    gen_put16(b, 0x0303);
    put_random(b + 2, rng);
    memcpy(b + 34, rest, sizeof rest);
    uint32_t len = 34 + (uint32_t)sizeof rest;
    put_handshake(m->head, 2, len);
    say(m, 1, (int)len + 9, 0);
}

/* Application data: a short record from the client, then some full ones from the server. */
static void tls_record(struct gen_talk *talk, struct gen_rng *rng, struct gen_message *m)
{
    bool asks = talk->records == 0;
    uint32_t body = asks ? 100 + gen_below(rng, 500) : RECORD_BODY - gen_below(rng, 200);
    talk->records = asks ? 1 + gen_below(rng, 5) : talk->records - 1;
    gen_put32(m->head, 0x17030300 | body >> 8);
    m->head[4] = (uint8_t)body;
    say(m, asks ? 0 : 1, 5, body);
}

void gen_talk_init(struct gen_talk *talk, struct gen_rng *rng, enum gen_kind kind)
{
    *talk = (struct gen_talk){.kind = kind, .host = gen_below(rng, 1000)};
    uint32_t exchanges = 1 + gen_below(rng, 6);
    talk->turns = kind == GEN_TLS ? 2 + 4 * exchanges : 2 * exchanges;
}

bool gen_talk_next(struct gen_talk *talk, struct gen_rng *rng, struct gen_message *message)
{
    if (talk->turn >= talk->turns && talk->records == 0)
        return false;
    message->filler = gen_below(rng, FILLER_SIZE);
    if (talk->kind == GEN_HELLO)
        hello_message(talk, message);
    else if (talk->kind == GEN_HTTP && talk->turn % 2 == 0)
        http_request(talk, rng, message);
    else if (talk->kind == GEN_HTTP)
        http_response(rng, message);
    else if (talk->turn == 0)
        client_hello(talk, rng, message);
    else if (talk->turn == 1)
        server_hello(rng, message);
    else
        tls_record(talk, rng, message);
    talk->turn++;
    return true;
}
