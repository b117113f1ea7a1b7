// A page's side of the web chat: one session, one socket, a cursor. What is not acknowledged yet is kept and sent again under its id.
class Chat {
  constructor(base, account, identity = {}) {
    this.url = `${base}/webchat/${account}`
    this.place = `madoguchi.${account}`
    this.identity = identity // {} for anybody; {user_id, user_hash} or {user_token} for a user of the site
    this.after = 0
    this.waiting = new Map(JSON.parse(localStorage.getItem(`${this.place}.waiting`) || "[]"))
    this.pause = 500
    for (const name of ["message", "sent", "ack", "typing", "state"]) this[`on${name}`] = () => {}
  }

  async open() {
    for (const message of this.waiting.values()) this.onsent(message)
    await this.connect()
  }

  async session() {
    const before = localStorage.getItem(`${this.place}.token`)
    const known = Object.keys(this.identity).length > 0
    let answer = await this.post("sessions", known ? this.identity : before ? { renew: before } : {})
    if (answer.status === 401 && before && !known) answer = await this.post("sessions", {})
    if (!answer.ok) throw new Error((await answer.json()).code)
    const session = await answer.json()
    this.token = session.token
    localStorage.setItem(`${this.place}.token`, session.token)
    return session
  }

  async connect() {
    try {
      await this.session()
      this.socket = new WebSocket(`${this.url.replace(/^http/, "ws")}/socket`)
      this.socket.onopen = () => this.say({ type: "hello", token: this.token, after: this.after })
      this.socket.onmessage = (event) => this.heard(JSON.parse(event.data))
      this.socket.onclose = () => this.again()
    } catch (error) {
      this.again()
    }
  }

  again() {
    this.onstate("connecting…")
    setTimeout(() => this.connect(), this.pause * (0.5 + Math.random()))
    this.pause = Math.min(this.pause * 2, 30000)
  }

  heard(frame) {
    switch (frame.type) {
      case "ready":
        this.pause = 500
        this.onstate("")
        for (const message of this.waiting.values()) this.say(message)
        break
      case "message":
        if (frame.position <= this.after) break
        this.after = frame.position
        this.onmessage(frame)
        this.say({ type: "delivered", positions: [frame.position] })
        break
      case "ack":
        this.done(frame.id)
        this.onack(frame.id)
        break
      case "typing":
        this.ontyping()
        break
      case "caught_up":
        this.after = frame.after
        break
      case "error":
        this.refused(frame)
    }
  }

  refused(frame) {
    const message = this.waiting.get(frame.id)
    if (!message) return
    if (["rate_limited", "dependency_down", "outcome_unknown", "busy"].includes(frame.code)) {
      setTimeout(() => this.say(message), frame.retry_after_ms || 2000)
    } else {
      this.done(frame.id)
      this.onstate(frame.detail)
    }
  }

  async send(text, file) {
    const message = { type: "message", id: crypto.randomUUID(), text }
    if (file) message.files = [await this.upload(file)]
    if (!text.trim() && !file) return
    this.waiting.set(message.id, message)
    this.keep()
    this.onsent(message)
    this.say(message)
  }

  async upload(file) {
    const headers = { authorization: `Bearer ${this.token}` }
    const answer = await fetch(`${this.url}/files?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file, headers })
    const told = await answer.json()
    if (!answer.ok) throw new Error(told.code)
    return told.file
  }

  read(position) { this.say({ type: "read", positions: [position] }) }

  typing() {
    if (Date.now() - (this.typed || 0) < 3000) return
    this.typed = Date.now()
    this.say({ type: "typing" })
  }

  say(frame) { if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame)) }

  done(id) { this.waiting.delete(id); this.keep() }

  keep() { localStorage.setItem(`${this.place}.waiting`, JSON.stringify([...this.waiting])) }

  post(door, body) {
    return fetch(`${this.url}/${door}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })
  }
}
