/*
 * print: what dissectors say with a format, "%s, id 0x%04x", for every packet, without the C library's
 * printf, which takes several times as long.
 *
 * Known are %d %i %u %x %X %o %c %s %%, with the flags - and 0, a width, a precision, and the lengths
 * hh h l ll z j. A format with anything else in it is left to vsnprintf(). Same arguments, same text.
 */
#ifndef BASE_PRINT_H
#define BASE_PRINT_H

#include <stdarg.h>
#include <stddef.h>

/* As vsnprintf(): what fits into `room` bytes, with a NUL. Returns how long the whole text is. */
size_t print_text(char *out, size_t room, const char *fmt, va_list args);

#endif
