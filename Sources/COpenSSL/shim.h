// OpenSSL's function-like macros and cast constants cannot be called from Swift; these can.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// TLS 1.2 and later, no renegotiation, no compression, no resumption (every connection is like the
// first, and none leaves a session behind), buffers given back while a connection is idle.
static inline int torpor_prepare_context(SSL_CTX *context) {
    SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return (int)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION)
        && SSL_CTX_set_num_tickets(context, 0);
}

static inline int torpor_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline void torpor_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void torpor_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline int torpor_error_reason(unsigned long error) { return ERR_GET_REASON(error); }

static inline EVP_PKEY *torpor_make_p256_key(void) { return EVP_EC_gen("P-256"); }

static inline long torpor_memory(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }
