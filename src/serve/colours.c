#include "serve/colours.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/view.h"

enum { RULES_MOST = 100, PROBLEMS_MOST = 100 };

struct colours {
    atomic_uint users;
    size_t count;
    struct colour all[RULES_MOST];
};

struct palette {
    pthread_mutex_t lock;
    struct colours *now;
};

static const struct {
    const char *name, *filter, *text, *background;
} usual[] = {
#define COLOUR(name, filter, text, background) {name, filter, text, background},
#include "serve/colours.def"
#undef COLOUR
};

/* ---- Sets ---------------------------------------------------------------------------------------- */

void colours_leave(struct colours *colours)
{
    if (colours == NULL || atomic_fetch_sub(&colours->users, 1) > 1)
        return;
    for (size_t i = 0; i < colours->count; i++) {
        free(colours->all[i].name);
        free(colours->all[i].filter);
    }
    free(colours);
}

static struct colours *colours_new(void)
{
    struct colours *colours = calloc(1, sizeof *colours);
    if (colours != NULL)
        atomic_store(&colours->users, 1);
    return colours;
}

/* False without memory; there must be room. */
static bool add(struct colours *colours, const char *name, const char *filter, const char *text,
                const char *background)
{
    struct colour *rule = &colours->all[colours->count++];
    rule->name = strdup(name);
    rule->filter = strdup(filter);
    (void)snprintf(rule->text, sizeof rule->text, "%s", text);
    (void)snprintf(rule->background, sizeof rule->background, "%s", background);
    return rule->name != NULL && rule->filter != NULL;
}

static struct colours *colours_usual(void)
{
    struct colours *colours = colours_new();
    bool whole = colours != NULL;
    for (size_t i = 0; whole && i < sizeof usual / sizeof *usual; i++)
        whole = add(colours, usual[i].name, usual[i].filter, usual[i].text, usual[i].background);
    if (whole)
        return colours;
    colours_leave(colours);
    return NULL;
}

size_t colours_count(const struct colours *colours)
{
    return colours->count;
}

const struct colour *colours_at(const struct colours *colours, size_t number)
{
    return &colours->all[number];
}

/* ---- The one that holds --------------------------------------------------------------------------- */

struct palette *palette_new(void)
{
    struct palette *palette = calloc(1, sizeof *palette);
    if (palette == NULL)
        return NULL;
    (void)pthread_mutex_init(&palette->lock, NULL);
    palette->now = colours_usual();
    if (palette->now != NULL)
        return palette;
    palette_free(palette);
    return NULL;
}

void palette_free(struct palette *palette)
{
    if (palette == NULL)
        return;
    colours_leave(palette->now);
    (void)pthread_mutex_destroy(&palette->lock);
    free(palette);
}

struct colours *colours_enter(const struct server *server)
{
    struct palette *palette = server->palette;
    (void)pthread_mutex_lock(&palette->lock);
    struct colours *now = palette->now;
    atomic_fetch_add(&now->users, 1);
    (void)pthread_mutex_unlock(&palette->lock);
    return now;
}

/* Takes the set over. Lists are made anew: their rows hold the numbers of rules. */
static void hold(const struct server *server, struct colours *colours)
{
    struct palette *palette = server->palette;
    (void)pthread_mutex_lock(&palette->lock);
    struct colours *before = palette->now;
    palette->now = colours;
    (void)pthread_mutex_unlock(&palette->lock);
    colours_leave(before);
    views_forget(server->views, NULL);
}

void answer_colours(struct request *r)
{
    struct colours *colours = colours_enter(r->server);
    put(r->out, "{\"colours\":[");
    for (size_t i = 0; i < colours->count; i++) {
        const struct colour *rule = &colours->all[i];
        put(r->out, i == 0 ? "{\"name\":" : ",{\"name\":");
        put_text(r->out, rule->name);
        put_pair_text(r->out, "filter", rule->filter);
        put_pair_text(r->out, "text", rule->text);
        put_pair_text(r->out, "background", rule->background);
        put(r->out, "}");
    }
    put(r->out, "]}");
    colours_leave(colours);
}

void answer_colours_usual(struct request *r)
{
    struct colours *colours = colours_usual();
    if (colours == NULL) {
        answer_message(r, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
        return;
    }
    hold(r->server, colours);
    put(r->out, "{}");
}

/* ---- Wireshark's file ------------------------------------------------------------------------------ */

/* A line `@name@filter@[r,g,b][r,g,b]`: background and text, each colour of 16 bits; with ! before it, it is off. */
struct line {
    char *name, *filter; /* in the line */
    bool off;
    char text[7], background[7];
};

static bool read_colours(const char *at, struct line *line)
{
    unsigned v[6];
    if (sscanf(at, "[%5u,%5u,%5u][%5u,%5u,%5u]", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]) != 6)
        return false;
    for (unsigned i = 0; i < 6; i++) {
        if (v[i] > UINT16_MAX)
            return false;
        (void)snprintf((i < 3 ? line->background : line->text) + 2 * (i % 3), 3, "%02x", v[i] >> 8);
    }
    return true;
}

/* Cuts the line into its parts. */
static bool read_line(char *at, struct line *line)
{
    *line = (struct line){.name = "", .filter = "", .off = *at == '!'};
    at += line->off;
    char *end = *at == '@' ? strchr(at + 1, '@') : NULL, *colours = NULL;
    for (char *c = end; c != NULL && (c = strstr(c, "@[")) != NULL; c++)
        colours = c;
    if (colours == NULL || colours == end)
        return false;
    *end = '\0';
    *colours = '\0';
    line->name = at + 1;
    line->filter = end + 1;
    return read_colours(colours + 1, line);
}

struct import {
    struct request *r;
    struct colours *colours;
    size_t off, problems;
    unsigned number; /* of the line, from 1 */
    bool failed;     /* out of memory */
};

static void put_problem(struct import *in, const struct line *line, const char *message)
{
    lamna_text *out = in->r->out;
    if (in->problems++ >= PROBLEMS_MOST)
        return;
    put(out, in->problems == 1 ? "{\"line\":" : ",{\"line\":");
    put_number(out, in->number);
    put_pair_text(out, "name", line->name);
    put_pair_text(out, "filter", line->filter);
    put_pair_text(out, "message", message);
    put(out, "}");
}

static void take_line(struct import *in, char *text)
{
    struct line line;
    lamna_error err = {0};
    if (text[strspn(text, " \t\r")] == '\0' || text[0] == '#')
        return;
    if (!read_line(text, &line)) {
        put_problem(in, &line, "this is no colour rule: @name@filter@[background][text]");
        return;
    }
    lamna_filter *filter = lamna_filter_new(in->r->server->reg, line.filter, &err);
    if (filter == NULL)
        put_problem(in, &line, err.message);
    else if (line.off)
        in->off++;
    else if (in->colours->count == RULES_MOST)
        put_problem(in, &line, "there are 100 rules already");
    else
        in->failed =
            !add(in->colours, line.name, line.filter, line.text, line.background) || in->failed;
    lamna_filter_free(filter);
}

static void take_lines(struct import *in, char *text)
{
    for (char *at = text; at != NULL;) {
        char *newline = strchr(at, '\n');
        if (newline != NULL)
            *newline = '\0';
        in->number++;
        take_line(in, at);
        at = newline != NULL ? newline + 1 : NULL;
    }
}

/* The file is the body of the request. If no rule of it can be used, all stays as it was. */
void answer_colours_import(struct request *r)
{
    struct import in = {.r = r, .colours = colours_new()};
    char *text = strdup(r->body != NULL ? r->body : "");
    put(r->out, "{\"problems\":[");
    if (text != NULL && in.colours != NULL)
        take_lines(&in, text);
    in.failed = in.failed || text == NULL || in.colours == NULL;
    free(text);
    if (in.failed) {
        colours_leave(in.colours);
        answer_message(r, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
        return;
    }
    put(r->out, "]");
    put_pair_number(r->out, "taken", in.colours->count);
    put_pair_number(r->out, "off", in.off);
    put(r->out, "}");
    if (in.colours->count > 0)
        hold(r->server, in.colours);
    else
        colours_leave(in.colours);
}
