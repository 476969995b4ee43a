/** A page that writes needles through every store a page has. Its functions are called from the test. */
export const CONTROL_PAGE = `<!doctype html><title>control</title><script>
const bytes = (text) => new TextEncoder().encode(text);
const random = (length) =>
  String.fromCharCode(...crypto.getRandomValues(new Uint8Array(length)).map((byte) => 32 + (byte % 90)));
// Its halves first: a compressor then writes the whole as copies.
const shredded = (text) => text.slice(0, 25) + '|' + text.slice(17) + '|' + 'hay '.repeat(50000) + text;

function openDatabase() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('control', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('store');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

function write(db, act) {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction('store', 'readwrite', { durability: 'strict' });
    act(transaction.objectStore('store'));
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
}

async function keepInDatabase(needles) {
  const db = await openDatabase();
  await write(db, (store) => {
    store.put({ text: needles['indexeddb string'] }, 'string');
    store.put({ text: needles['indexeddb two-byte string'] }, 'two-byte string');
    store.put({ bytes: bytes(needles['indexeddb bytes']) }, 'bytes');
    store.put(1, needles['indexeddb key']);
    store.put({ text: random(60000) + random(60000) + needles['indexeddb large value'] }, 'large');
    store.put({ text: shredded(needles['indexeddb compressible value']) }, 'compressible');
    store.put({ text: needles['deleted from indexeddb'] }, 'deleted');
  });
  await write(db, (store) => store.delete('deleted'));
  db.close();
}

/** More than LevelDB keeps in its write-ahead log: what was written before moves into tables. */
async function fillDatabase() {
  const db = await openDatabase();
  for (let batch = 0; batch < 10; batch += 1)
    await write(db, (store) => {
      for (let index = 0; index < 40; index += 1) store.put(random(30000), 'filler ' + batch + ' ' + index);
    });
  db.close();
}

async function keepElsewhere(needles) {
  const cache = await caches.open('control');
  await cache.put('/' + needles['cache address'], new Response('before ' + needles['cache body'] + ' behind'));
  localStorage.setItem('one', needles['local storage']);
  localStorage.setItem('two', needles['local storage, two-byte']);
  sessionStorage.setItem('one', needles['session storage']);
  const root = await navigator.storage.getDirectory();
  const file = await (await root.getFileHandle('control', { create: true })).createWritable();
  await file.write(needles['private file']);
  await file.close();
}
</script>`;
