/*
 * duck: DuckDB's library, which is loaded when a command needs it, and its C interface as far as it is used
 * here. The declarations say what the library's documentation says of its version 1.4; scripts/fetch-duckdb
 * pins it. A function is called through the table: d->query(...) is duckdb_query(...).
 */
#ifndef SQL_DUCK_H
#define SQL_DUCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lamna.h"

/* Handles. Each kind is a pointer to something else, so that the compiler tells them apart. */
typedef struct duck_database_body *duck_database;
typedef struct duck_connection_body *duck_connection;
typedef struct duck_config_body *duck_config;
typedef struct duck_statements_body *duck_statements;
typedef struct duck_statement_body *duck_statement;
typedef struct duck_pending_body *duck_pending;
typedef struct duck_type_body *duck_type;
typedef struct duck_value_body *duck_value;
typedef struct duck_chunk_body *duck_chunk;
typedef struct duck_vector_body *duck_vector;
typedef struct duck_table_function_body *duck_table_function;
typedef struct duck_scalar_function_body *duck_scalar_function;
typedef struct duck_bind_body *duck_bind;
typedef struct duck_init_body *duck_init;
typedef struct duck_function_body *duck_function;

enum { DUCK_OK = 0 }; /* of every int that a function returns */

/* Types of values. */
enum duck_kind {
    DUCK_BOOLEAN = 1,
    DUCK_TINYINT = 2,
    DUCK_SMALLINT = 3,
    DUCK_INTEGER = 4,
    DUCK_BIGINT = 5,
    DUCK_UTINYINT = 6,
    DUCK_USMALLINT = 7,
    DUCK_UINTEGER = 8,
    DUCK_UBIGINT = 9,
    DUCK_FLOAT = 10,
    DUCK_DOUBLE = 11,
    DUCK_TIMESTAMP = 12,
    DUCK_DATE = 13,
    DUCK_TIME = 14,
    DUCK_INTERVAL = 15,
    DUCK_HUGEINT = 16,
    DUCK_VARCHAR = 17,
    DUCK_BLOB = 18,
    DUCK_DECIMAL = 19,
    DUCK_TIMESTAMP_S = 20,
    DUCK_TIMESTAMP_MS = 21,
    DUCK_TIMESTAMP_NS = 22,
    DUCK_ENUM = 23,
    DUCK_LIST = 24,
    DUCK_STRUCT = 25,
    DUCK_MAP = 26,
    DUCK_UUID = 27,
    DUCK_UNION = 28,
    DUCK_BIT = 29,
    DUCK_TIME_TZ = 30,
    DUCK_TIMESTAMP_TZ = 31,
    DUCK_UHUGEINT = 32,
    DUCK_ARRAY = 33
};

/* What kind of a result a statement has. */
enum { DUCK_RESULT_CHANGED = 1, DUCK_RESULT_NOTHING = 2, DUCK_RESULT_ROWS = 3 };

/* How far a pending statement is. */
enum {
    DUCK_PENDING_READY = 0,
    DUCK_PENDING_NOT_READY = 1,
    DUCK_PENDING_ERROR = 2,
    DUCK_PENDING_NO_TASKS = 3
};

/* What went wrong with a statement. */
enum {
    DUCK_ERROR_CONVERSION = 2,
    DUCK_ERROR_CATALOG = 13,
    DUCK_ERROR_PARSER = 14,
    DUCK_ERROR_SYNTAX = 22,
    DUCK_ERROR_BINDER = 24,
    DUCK_ERROR_INTERRUPT = 29
};

/* Passed by value, as the library wants it. */
typedef struct duck_result {
    uint64_t columns, rows, changed;
    void *column_data;
    char *message;
    void *internal;
} duck_result;

/* A string in a vector: short ones lie in it, of others it points to the bytes. */
typedef union duck_string {
    struct {
        uint32_t length;
        char bytes[12];
    } inside;
    struct {
        uint32_t length;
        char prefix[4];
        char *bytes;
    } outside;
} duck_string;

enum { DUCK_STRING_INSIDE = 12 };

/* The part of a list vector's child that a row has. */
typedef struct duck_list_entry {
    uint64_t offset, length;
} duck_list_entry;

/* Every function that is used: what it returns, its name without "duckdb_", what it takes. */
#define DUCK_FUNCTIONS(F)                                                                          \
    F(void, free, (void *memory))                                                                  \
    F(uint64_t, vector_size, (void))                                                               \
    F(int, create_config, (duck_config * config))                                                  \
    F(int, set_config, (duck_config config, const char *name, const char *value))                  \
    F(void, destroy_config, (duck_config * config))                                                \
    F(int, open_ext,                                                                               \
      (const char *path, duck_database *database, duck_config config, char **error))               \
    F(void, close, (duck_database * database))                                                     \
    F(int, connect, (duck_database database, duck_connection * connection))                        \
    F(void, disconnect, (duck_connection * connection))                                            \
    F(void, interrupt, (duck_connection connection))                                               \
    F(int, query, (duck_connection connection, const char *text, duck_result *result))             \
    F(uint64_t, extract_statements,                                                                \
      (duck_connection connection, const char *text, duck_statements *statements))                 \
    F(const char *, extract_statements_error, (duck_statements statements))                        \
    F(void, destroy_extracted, (duck_statements * statements))                                     \
    F(int, prepare_extracted_statement,                                                            \
      (duck_connection connection, duck_statements statements, uint64_t number,                    \
       duck_statement * statement))                                                                \
    F(const char *, prepare_error, (duck_statement statement))                                     \
    F(void, destroy_prepare, (duck_statement * statement))                                         \
    F(int, pending_prepared_streaming, (duck_statement statement, duck_pending * pending))         \
    F(const char *, pending_error, (duck_pending pending))                                         \
    F(int, pending_execute_task, (duck_pending pending))                                           \
    F(int, execute_pending, (duck_pending pending, duck_result * result))                          \
    F(void, destroy_pending, (duck_pending * pending))                                             \
    F(const char *, result_error, (duck_result * result))                                          \
    F(int, result_error_type, (duck_result * result))                                              \
    F(int, result_return_type, (duck_result result))                                               \
    F(uint64_t, column_count, (duck_result * result))                                              \
    F(const char *, column_name, (duck_result * result, uint64_t column))                          \
    F(duck_type, column_logical_type, (duck_result * result, uint64_t column))                     \
    F(duck_chunk, fetch_chunk, (duck_result result))                                               \
    F(void, destroy_result, (duck_result * result))                                                \
    F(duck_type, create_logical_type, (enum duck_kind kind))                                       \
    F(duck_type, create_list_type, (duck_type of))                                                 \
    F(enum duck_kind, get_type_id, (duck_type type))                                               \
    F(duck_type, list_type_child_type, (duck_type type))                                           \
    F(duck_type, array_type_child_type, (duck_type type))                                          \
    F(uint64_t, array_type_array_size, (duck_type type))                                           \
    F(duck_vector, array_vector_get_child, (duck_vector vector))                                   \
    F(uint64_t, struct_type_child_count, (duck_type type))                                         \
    F(char *, struct_type_child_name, (duck_type type, uint64_t number))                           \
    F(duck_type, struct_type_child_type, (duck_type type, uint64_t number))                        \
    F(enum duck_kind, enum_internal_type, (duck_type type))                                        \
    F(char *, enum_dictionary_value, (duck_type type, uint64_t number))                            \
    F(uint8_t, decimal_scale, (duck_type type))                                                    \
    F(enum duck_kind, decimal_internal_type, (duck_type type))                                     \
    F(duck_vector, struct_vector_get_child, (duck_vector vector, uint64_t number))                 \
    F(void, destroy_logical_type, (duck_type * type))                                              \
    F(duck_chunk, create_data_chunk, (duck_type * types, uint64_t count))                          \
    F(uint64_t, data_chunk_get_size, (duck_chunk chunk))                                           \
    F(void, data_chunk_set_size, (duck_chunk chunk, uint64_t size))                                \
    F(duck_vector, data_chunk_get_vector, (duck_chunk chunk, uint64_t column))                     \
    F(void, destroy_data_chunk, (duck_chunk * chunk))                                              \
    F(void *, vector_get_data, (duck_vector vector))                                               \
    F(uint64_t *, vector_get_validity, (duck_vector vector))                                       \
    F(void, vector_ensure_validity_writable, (duck_vector vector))                                 \
    F(void, vector_assign_string_element_len,                                                      \
      (duck_vector vector, uint64_t row, const char *bytes, uint64_t length))                      \
    F(duck_vector, list_vector_get_child, (duck_vector vector))                                    \
    F(int, list_vector_reserve, (duck_vector vector, uint64_t room))                               \
    F(int, list_vector_set_size, (duck_vector vector, uint64_t size))                              \
    F(duck_value, create_varchar, (const char *text))                                              \
    F(bool, is_null_value, (duck_value value))                                                     \
    F(char *, get_varchar, (duck_value value))                                                     \
    F(uint64_t, get_list_size, (duck_value value))                                                 \
    F(duck_value, get_list_child, (duck_value value, uint64_t number))                             \
    F(void, destroy_value, (duck_value * value))                                                   \
    F(duck_table_function, create_table_function, (void))                                          \
    F(void, destroy_table_function, (duck_table_function * function))                              \
    F(void, table_function_set_name, (duck_table_function function, const char *name))             \
    F(void, table_function_add_parameter, (duck_table_function function, duck_type type))          \
    F(void, table_function_add_named_parameter,                                                    \
      (duck_table_function function, const char *name, duck_type type))                            \
    F(void, table_function_set_extra_info,                                                         \
      (duck_table_function function, void *extra, void (*destroy)(void *extra)))                   \
    F(void, table_function_set_bind, (duck_table_function function, void (*bind)(duck_bind info))) \
    F(void, table_function_set_init, (duck_table_function function, void (*init)(duck_init info))) \
    F(void, table_function_set_function,                                                           \
      (duck_table_function function,                                                               \
       void (*function_body)(duck_function info, duck_chunk output)))                              \
    F(void, table_function_supports_projection_pushdown,                                           \
      (duck_table_function function, bool pushdown))                                               \
    F(int, register_table_function, (duck_connection connection, duck_table_function function))    \
    F(duck_scalar_function, create_scalar_function, (void))                                        \
    F(void, destroy_scalar_function, (duck_scalar_function * function))                            \
    F(void, scalar_function_set_name, (duck_scalar_function function, const char *name))           \
    F(void, scalar_function_add_parameter, (duck_scalar_function function, duck_type type))        \
    F(void, scalar_function_set_return_type, (duck_scalar_function function, duck_type type))      \
    F(void, scalar_function_set_function,                                                          \
      (duck_scalar_function function,                                                              \
       void (*function_body)(duck_function info, duck_chunk input, duck_vector output)))           \
    F(int, register_scalar_function, (duck_connection connection, duck_scalar_function function))  \
    F(void *, bind_get_extra_info, (duck_bind info))                                               \
    F(void, bind_add_result_column, (duck_bind info, const char *name, duck_type type))            \
    F(duck_value, bind_get_parameter, (duck_bind info, uint64_t number))                           \
    F(duck_value, bind_get_named_parameter, (duck_bind info, const char *name))                    \
    F(void, bind_set_bind_data, (duck_bind info, void *data, void (*destroy)(void *data)))         \
    F(void, bind_set_error, (duck_bind info, const char *message))                                 \
    F(void *, init_get_bind_data, (duck_init info))                                                \
    F(void, init_set_init_data, (duck_init info, void *data, void (*destroy)(void *data)))         \
    F(uint64_t, init_get_column_count, (duck_init info))                                           \
    F(uint64_t, init_get_column_index, (duck_init info, uint64_t number))                          \
    F(void, init_set_max_threads, (duck_init info, uint64_t threads))                              \
    F(void, init_set_error, (duck_init info, const char *message))                                 \
    F(void *, function_get_init_data, (duck_function info))                                        \
    F(void, function_set_error, (duck_function info, const char *message))

struct duck {
    void *library;
#define DUCK_MEMBER(result, name, arguments) result(*name) arguments;
    DUCK_FUNCTIONS(DUCK_MEMBER)
#undef DUCK_MEMBER
};

/*
 * Loads the library: the file that the environment's LAMNA_DUCKDB names, or else the first that is there of:
 * beside the program, where scripts/fetch-duckdb puts it, where `make install` does, where the system looks.
 * LAMNA_ERR_UNSUPPORTED, and what to do, where there is none.
 */
lamna_status duck_load(struct duck *d, lamna_error *err);
void duck_unload(struct duck *d);

#endif
