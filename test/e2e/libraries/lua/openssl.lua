-- What bindings of libcrypto lose where they forget one free.
local ffi = require "ffi"
local crypto = ffi.load "libcrypto.so.3"

ffi.cdef [[
    typedef struct x509_st X509;
    typedef struct evp_pkey_st EVP_PKEY;
    typedef struct bignum_st BIGNUM;
    typedef struct bio_st BIO;
    typedef struct asn1_string_st ASN1_TIME;

    BIO *BIO_new_mem_buf(const void *bytes, int length);
    int BIO_free(BIO *bio);
    X509 *PEM_read_bio_X509(BIO *bio, X509 **x509, void *callback, void *user);
    EVP_PKEY *PEM_read_bio_PUBKEY(BIO *bio, EVP_PKEY **key, void *callback, void *user);
    X509 *X509_dup(const X509 *x509);
    void X509_free(X509 *x509);
    int X509_set1_notBefore(X509 *x509, const ASN1_TIME *at);
    ASN1_TIME *ASN1_TIME_set(ASN1_TIME *at, long seconds);
    BIGNUM *BN_bin2bn(const char *bytes, int length, BIGNUM *to);
    void BN_free(BIGNUM *number);
    char *BN_bn2hex(const BIGNUM *number);
]]

local CERTIFICATE = [[
-----BEGIN CERTIFICATE-----
MIIBhTCCASugAwIBAgIUMA6Nd7iKW8BjPiAMCqxxjZ4QN0QwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMc2hvcC5leGFtcGxlMCAXDTI2MTEyODE1MzkwOFoYDzIxMjYx
MTA0MTUzOTA4WjAXMRUwEwYDVQQDDAxzaG9wLmV4YW1wbGUwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAQxOdjytcFlVwpuRWNiKqjuECG5N2UiBuehQlcFyGuKPR83
h4Z37aelg4qe5j5V/QPTcBRbGnuY1it/d8emzlmro1MwUTAdBgNVHQ4EFgQUN1dU
SohwIV6ox8B+X/fCZ+qogH8wHwYDVR0jBBgwFoAUN1dUSohwIV6ox8B+X/fCZ+qo
gH8wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAcxWD7207eb50L
BFIr+wNXtBAJcFM4Dk9cR0VsRBofLQIhAO7CQDaOwOOkBS0jJXH0H/1Bz9AbmvCh
9/O6rNrBkGX+
-----END CERTIFICATE-----
]]

local KEY = [[
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMTnY8rXBZVcKbkVjYiqo7hAhuTdl
IgbnoUJXBchrij0fN4eGd+2npYOKnuY+Vf0D03AUWxp7mNYrf3fHps5Zqw==
-----END PUBLIC KEY-----
]]

local _M = {}

local function read_pem(read, text)
    local bio = crypto.BIO_new_mem_buf(text, #text)
    local object = assert(read(bio, nil, nil, nil) or nil)
    crypto.BIO_free(bio)
    return object
end

local certificate = ffi.gc(read_pem(crypto.PEM_read_bio_X509, CERTIFICATE), crypto.X509_free)

function _M.copy()
    return ffi.gc(crypto.X509_dup(certificate), crypto.X509_free)
end

function _M.lose_certificate()
    assert(crypto.X509_dup(certificate) ~= nil)
end

function _M.lose_key()
    read_pem(crypto.PEM_read_bio_PUBKEY, KEY)
end

function _M.lose_time()
    local copy = _M.copy()
    crypto.X509_set1_notBefore(copy, crypto.ASN1_TIME_set(nil, 1700000000))
end

function _M.lose_text()
    local number = ffi.gc(crypto.BN_bin2bn(("\255"):rep(32), 32, nil), crypto.BN_free)
    assert(#ffi.string(crypto.BN_bn2hex(number)) == 64)
end

-- Compiled code keeps a pointer in a register, and so leaves no object of Lua that tells its type.
for _, lose in pairs(_M) do
    jit.off(lose)
end

return _M
