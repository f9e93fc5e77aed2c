/* devices: the interfaces of this machine, for lamna_devices() and for suggestions in errors. */
#ifndef CAPTURE_DEVICES_H
#define CAPTURE_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

/* Copies the name of the interface that differs least from `name` to `out`; false: none is close.
 */
bool devices_close_name(const char *name, char *out, size_t size);

#endif
