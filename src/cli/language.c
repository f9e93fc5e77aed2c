/* The language in which people are spoken to: English, or Chinese. */
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* A program that was built and not installed has its translations in the folder "po" beside it. */
static bool translations_beside_program(char *folder, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", folder, size - 1);
    if (n <= 0)
        return false;
    folder[n] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash == NULL || (size_t)(slash - folder) + 4 >= size)
        return false;
    memcpy(slash, "/po", 4);
    return access(folder, R_OK) == 0;
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
    char beside[1024];
    bool built = translations_beside_program(beside, sizeof beside);
    (void)bindtextdomain("lamna", built ? beside : LAMNA_LOCALEDIR);
    (void)bind_textdomain_codeset("lamna", "UTF-8");
    (void)textdomain("lamna");
    return true;
}
