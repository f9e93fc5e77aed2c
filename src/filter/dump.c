/* Programs as text, for tests and the curious. */
#include "filter/program.h"

static void put_fields(struct buf *out, const lamna_filter *f, const struct load *load)
{
    static const char *const modes[] = {"", "raw ", "text of ", "name of "};
    buf_str(out, modes[load->mode]);
    buf_str(out, f->reg->fields[load->fields[0]].name);
    if (load->range_count > 0)
        buf_str(out, " in some layers");
}

static const char *const opcode_names[] = {[OP_TRUE] = "true",
                                           [OP_FALSE] = "false",
                                           [OP_REFERENCE] = "reference",
                                           [OP_PRESENT] = "present",
                                           [OP_COMPARE_NUMBER] = "compare-number",
                                           [OP_NOT] = "not",
                                           [OP_JUMP_IF_FALSE] = "jump-if-false",
                                           [OP_JUMP_IF_TRUE] = "jump-if-true",
                                           [OP_PUSH] = "push",
                                           [OP_XOR] = "xor",
                                           [OP_LOAD] = "load",
                                           [OP_CONST] = "constant",
                                           [OP_SLICE] = "slice",
                                           [OP_ARITH] = "arithmetic",
                                           [OP_CALL] = "call",
                                           [OP_TEST] = "test",
                                           [OP_TEST_NUMBER] = "test-number",
                                           [OP_COMPARE] = "compare",
                                           [OP_CONTAINS] = "contains",
                                           [OP_MATCHES] = "matches",
                                           [OP_IN] = "in"};

static void put_insn(struct buf *out, const lamna_filter *f, const struct insn *in)
{
    static const char *const compares[] = {"==", "!=", ">", ">=", "<", "<="};
    buf_str(out, opcode_names[in->op]);
    switch (in->op) {
    case OP_PRESENT:
        buf_char(out, ' ');
        put_fields(out, f, &f->loads[in->x]);
        break;
    case OP_COMPARE_NUMBER:
        buf_char(out, ' ');
        put_fields(out, f, &f->loads[in->x]);
        buf_format(out, " %s %llu", compares[in->sub], (unsigned long long)f->constants[in->y].u);
        break;
    case OP_JUMP_IF_FALSE:
    case OP_JUMP_IF_TRUE:
        buf_format(out, " %u", in->x);
        break;
    case OP_LOAD:
        buf_format(out, " r%u ", in->a);
        put_fields(out, f, &f->loads[in->x]);
        break;
    case OP_REFERENCE:
        buf_format(out, " r%u ", in->a);
        put_fields(out, f, &f->references[in->x].load);
        break;
    case OP_COMPARE:
        buf_format(out, " %s r%u %s r%u", in->quantifier == QUANT_ALL ? "all" : "any", in->a,
                   compares[in->sub], in->b);
        break;
    case OP_ARITH:
    case OP_CONTAINS:
        buf_format(out, " r%u r%u", in->a, in->b);
        break;
    case OP_IN:
        buf_format(out, " r%u, %u ranges from r%u", in->a, in->x, in->b);
        break;
    case OP_CONST:
    case OP_SLICE:
    case OP_CALL:
    case OP_TEST:
    case OP_TEST_NUMBER:
    case OP_MATCHES:
        buf_format(out, " r%u", in->a);
        break;
    default:
        break;
    }
}

void filter_dump(const lamna_filter *filter, struct buf *out)
{
    for (uint32_t i = 0; i < filter->code_count; i++) {
        buf_format(out, "%u ", i);
        put_insn(out, filter, &filter->code[i]);
        buf_char(out, '\n');
    }
}
