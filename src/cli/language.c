/* The language in which people are spoken to: English, or Chinese. */
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* The folder with translations that belongs to this very program: "po" beside one that was built and not
 * installed; share/locale next to its bin/ for one that was, wherever the whole was moved to. */
static bool translations_of_program(char *folder, size_t size)
{
    static const char *const places[] = {"/po", "/../share/locale"};
    char file[1200];
    ssize_t n = readlink("/proc/self/exe", folder, size - 1);
    if (n <= 0)
        return false;
    folder[n] = '\0';
    char *slash = strrchr(folder, '/');
    for (size_t i = 0; slash != NULL && i < sizeof places / sizeof *places; i++) {
        if ((size_t)(slash - folder) + strlen(places[i]) >= size)
            return false;
        (void)strcpy(slash, places[i]);
        (void)snprintf(file, sizeof file, "%s/zh_CN/LC_MESSAGES/lamna.mo", folder);
        if (access(file, R_OK) == 0)
            return true;
    }
    return false;
}

/* gettext looks LANGUAGE up only where the locale is not plain "C"; C.UTF-8 is on every system. */
bool cli_language(const char *lang)
{
    if (lang != NULL && strcmp(lang, "en") != 0 && strcmp(lang, "zh") != 0)
        return false;
    if (setlocale(LC_MESSAGES, "") == NULL || strcmp(setlocale(LC_MESSAGES, NULL), "C") == 0)
        (void)setlocale(LC_MESSAGES, "C.UTF-8");
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    const char *wanted = getenv("LC_ALL");
    if (wanted == NULL || wanted[0] == '\0')
        wanted = getenv("LC_MESSAGES");
    if (wanted == NULL || wanted[0] == '\0')
        wanted = getenv("LANG");
    bool chinese =
        lang != NULL ? strcmp(lang, "zh") == 0 : wanted != NULL && strncmp(wanted, "zh", 2) == 0;
    if (lang != NULL || chinese)
        (void)setenv("LANGUAGE", chinese ? "zh_CN" : "en", 1);
    char own[1024];
    (void)bindtextdomain("lamna", translations_of_program(own, sizeof own) ? own : LAMNA_LOCALEDIR);
    (void)bind_textdomain_codeset("lamna", "UTF-8");
    (void)textdomain("lamna");
    return true;
}

/* The page has readers of both languages at the same time. */
static _Thread_local bool thread_is_english;

void cli_thread_english(bool english)
{
    thread_is_english = english;
}

const char *cli_translate(const char *english)
{
    /* "" is the name of a catalogue's header */
    return english[0] == '\0' || thread_is_english ? english : gettext(english);
}
