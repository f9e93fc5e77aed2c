/*
 * ladder: the story of each TCP connection in a capture as a ladder: client on the left, server on the
 * right, an arrow for each step, their states, and a sentence that says what it means.
 */
#ifndef CLI_LADDER_H
#define CLI_LADDER_H

#include "cli/cli.h"

/* Prints the ladders of a report of the kind "steps", in the language that was set. `details`: with the phases,
 * what each step adds, and how it ended. */
void ladder_print_report(const lamna_report *r, bool details);
/* Reads what matches in a capture and prints it so, without details. Returns the exit status. */
int ladder_print(const char *path, const char *filter);
/* The same with another way to print. */
int ladder_read_and_print(const struct cli *cli, const char *path, const char *filter,
                          void (*print)(const lamna_report *r, const char *title));

#endif
