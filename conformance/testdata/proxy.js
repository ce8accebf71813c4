// A proxy of the Runtime API as extensions have it that look into events and
// responses: node proxy.js API prints the port on which it listens, and ends when
// standard input does. It reads each request and each answer whole, and hands it on
// with the headers that it came with. Node handles requests of one connection as
// they come, and answers in their order.
//
// With a second argument, "200", it makes that of every status of a GET, and with "frame" it
// adds a Content-Length to an answer whose Transfer-Encoding it keeps.
'use strict'
const http = require('node:http')
const [host, port] = process.argv[2].split(':')
const odd = process.argv[3]

function whole (stream, then) {
  const parts = []
  stream.on('data', part => parts.push(part))
  stream.on('end', () => then(Buffer.concat(parts)))
  stream.on('error', () => {})
}

const server = http.createServer((incoming, outgoing) => {
  whole(incoming, body => {
    const { method, url: path, headers } = incoming
    const request = http.request({ host, port, method, path, headers }, answer => {
      whole(answer, text => {
        const copied = { ...answer.headers }
        if (odd === 'frame') {
          copied['content-length'] = text.length
        } else if (copied['transfer-encoding']) {
          delete copied['transfer-encoding']
          copied['content-length'] = text.length
        }
        outgoing.writeHead(odd === '200' && method === 'GET' ? 200 : answer.statusCode, copied)
        outgoing.end(text)
      })
    })
    request.on('error', () => outgoing.destroy())
    request.end(body)
  })
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.on('end', () => process.exit()).resume()
