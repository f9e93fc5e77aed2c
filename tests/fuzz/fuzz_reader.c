/*
 * Fuzzes the readers of src/capture, and the writers with what they read.
 *
 *     input -> memory file -> source -> every byte touched -> writer -> /dev/null
 *
 * The first byte chooses the format of the writer, and whether it is opened late; the rest is the
 * file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/source.h"
#include "lamna.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every byte there is, so that a sanitizer sees a pointer that is off by one. */
static uint64_t touch(const lamna_packet_info *packet)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < packet->captured; i++)
        sum += packet->data[i];
    for (uint32_t i = 0; i < packet->record_length; i++)
        sum += packet->record[i];
    for (uint32_t i = 0; i < packet->options_length; i++)
        sum += packet->options[i];
    return sum;
}

static uint64_t touch_text(const char *text)
{
    uint64_t sum = 0;
    for (; text != NULL && *text != '\0'; text++)
        sum += (uint8_t)*text;
    return sum;
}

static uint64_t touch_descriptions(const lamna_source *src)
{
    uint64_t sum = 0;
    lamna_interface interface;
    for (size_t i = 0; lamna_source_interface(src, i, &interface); i++)
        sum += touch_text(interface.name) + touch_text(interface.description) +
               touch_text(interface.filter) + touch_text(interface.hardware) +
               touch_text(interface.os);
    lamna_section section;
    for (size_t i = 0; lamna_source_section(src, i, &section); i++)
        sum += touch_text(section.hardware) + touch_text(section.os) +
               touch_text(section.application) + touch_text(section.comment);
    return sum;
}

static lamna_source *open_bytes(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    return source_open_fd(fd, "memory", NULL, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    lamna_format format = (lamna_format)(data[0] % 3);
    uint64_t writer_from = data[0] / 3 % 2; /* packets read before the writer is opened */
    lamna_source *src = open_bytes(data + 1, size - 1);
    if (src == NULL)
        return 0;
    lamna_writer *w = NULL;
    lamna_packet_info packet = {0};
    uint64_t sum = 0;
    lamna_status status = LAMNA_OK;
    while (status == LAMNA_OK) {
        if (w == NULL && packet.number >= writer_from)
            w = lamna_writer_open("/dev/null", format, src, NULL);
        status = lamna_source_next(src, &packet, NULL);
        if (status != LAMNA_OK)
            break;
        sum += touch(&packet) + lamna_source_ready(src);
        if (w != NULL)
            (void)lamna_writer_write(w, &packet, NULL);
    }
    sum += touch_descriptions(src);
    if (lamna_source_next(src, &packet, NULL) != status)
        abort(); /* an end stays the end */
    (void)lamna_writer_close(w, NULL);
    lamna_source_close(src);
    __asm__ volatile("" : : "r"(sum)); /* or the compiler leaves out the reads */
    return 0;
}
