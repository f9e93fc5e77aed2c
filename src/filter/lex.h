/* lex: the tokens of the filter language. */
#ifndef FILTER_LEX_H
#define FILTER_LEX_H

#include <stdbool.h>
#include <stdint.h>

enum token_kind {
    T_END,
    T_ERROR, /* the error is set */
    T_WORD,  /* a field, a number, an address, bytes, a value's name ... */
    T_STRING,
    T_CHAR,
    T_AND,
    T_OR,
    T_XOR,
    T_NOT,
    T_COMPARE, /* op and quantifier say which */
    T_CONTAINS,
    T_MATCHES,
    T_IN,
    T_ANY,
    T_ALL,
    T_PLUS,
    T_MINUS,
    T_TIMES,
    T_DIVIDE,
    T_MODULO,
    T_BITAND,
    T_LPAREN,
    T_RPAREN,
    T_LBRACE,
    T_RBRACE,
    T_LBRACKET,
    T_RBRACKET,
    T_COMMA,
    T_DOTS,
    T_HASH,
    T_AT,
    T_DOLLAR
};

struct token {
    enum token_kind kind;
    uint32_t begin, end;
    uint8_t op, quantifier;
    const char *text; /* of strings and characters: escapes replaced */
    uint32_t length;
};

struct compiler;

/* Reads the token at c->pos into c->token and moves past it. */
void lex(struct compiler *c);

#endif
