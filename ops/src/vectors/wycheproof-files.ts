/** Folder `testvectors_v1` of a checkout of C2SP/wycheproof, as `WYCHEPROOF` names it. */
export const vectorFolder = process.env.WYCHEPROOF;

/** Its files for what the crypto library uses. */
export const vectorFiles = [
  'aes_cbc_pkcs5_test.json',
  'aes_gcm_test.json',
  'ed25519_test.json',
  'hkdf_sha256_test.json',
  'hmac_sha256_test.json',
  'mlkem_1024_test.json',
  'mlkem_1024_encaps_test.json',
  'mlkem_1024_keygen_seed_test.json',
  'mlkem_1024_semi_expanded_decaps_test.json',
  'x25519_test.json',
] as const;
