// Listens to the record on its way from the session's Worker to the analyser's.

/** Before a page opens: keeps a copy of every record that passes, one for each session. */
export async function listen(page) {
  await page.evaluateOnNewDocument(() => {
    const records = []; // of pieces of octets
    window.framewiseRecords = records;
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, transfer) {
      if (message?.op !== 'port' || !/inspect/.test(this.framewiseURL ?? '')) return post.call(this, message, transfer);
      const between = new MessageChannel();
      message.port.onmessage = ({ data }) => {
        if (data.op === 'reset') records.push([]);
        if (data.op === 'feed') {
          if (records.length === 0) records.push([]);
          records.at(-1).push(new Uint8Array(data.bytes.slice ? data.bytes.slice(0) : data.bytes));
        }
        between.port1.postMessage(data, data.bytes instanceof ArrayBuffer ? [data.bytes] : []);
      };
      return post.call(this, { ...message, port: between.port2 }, [between.port2]);
    };
    window.Worker = new Proxy(Worker, {
      construct(target, args) {
        const worker = new target(...args);
        worker.framewiseURL = String(args[0]);
        return worker;
      },
    });
  });
}

/** The records so far, as text. */
export const records = (page) => page.evaluate(() => window.framewiseRecords.map((pieces) => {
  const decoder = new TextDecoder();
  return pieces.map((piece) => decoder.decode(piece, { stream: true })).join('') + decoder.decode();
}));

/** The record that the page has, as the text of a file that it saves. */
export const saved = (page) => page.evaluate(() => new Promise((done) => {
  const make = URL.createObjectURL;
  URL.createObjectURL = (blob) => { blob.text().then(done); URL.createObjectURL = make; return make.call(URL, blob); };
  framewise.saveRecord([]);
}));
